import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../../support/foreignProcess.ts';
import { describeWith, pythonPath, requirePython } from '../../support/requirements.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';

describeWith(requirePython('pymobiledevice3'), 'pymobiledevice3 with the virtual lab', function () {
	this.timeout(120_000);
	const lab = useLab({ devices: 2 });
	const home = useTempFolder();
	const run = async (...args: string[]): Promise<string> => {
		const command: [string, ...string[]] = [pythonPath(), '-m', 'pymobiledevice3', ...args];
		const { code, output } = await runProgram(command, { USBMUXD_SOCKET_ADDRESS: lab.address, HOME: home.path, PYMOBILEDEVICE3_UDID: '' });
		assert.equal(code, 0, `${args.join(' ')}:\n${output.slice(-2000)}`);
		return output;
	};
	const onDevice = (...args: string[]): Promise<string> => run(...args, '--udid', lab.udid);

	it('lists the devices and their values', async () => {
		const list = await run('usbmux', 'list');
		assert.equal(list.split('"Identifier"').length - 1, 2);
		assert.match(await onDevice('lockdown', 'info'), new RegExp(`"UniqueDeviceID": "${lab.udid}"`));
	});

	it('lists apps, and files over AFC, and carries files there and back', async () => {
		assert.match(await onDevice('apps', 'list'), /"com\.example\.notebook"/);
		assert.match(await onDevice('afc', 'ls', '/'), /DCIM/);
		const [sent, received] = [join(home.path, 'sent.bin'), join(home.path, 'received.bin')];
		writeFileSync(sent, Buffer.alloc(300_000, 'pattern'));
		await onDevice('afc', 'push', sent, '/Downloads/sent.bin');
		await onDevice('afc', 'pull', '/Downloads/sent.bin', received);
		assert.ok(existsSync(received) && readFileSync(received).equals(readFileSync(sent)));
	});

	it('unpairs and pairs with certificates of its own', async () => {
		await onDevice('lockdown', 'unpair');
		await onDevice('lockdown', 'pair');
		assert.match(await onDevice('lockdown', 'info'), /"SerialNumber": "FAKE/);
	});

	it('restarts a device', async () => {
		const before = await lab.attachment();
		await onDevice('diagnostics', 'restart');
		await lab.restarted(before);
	});
});
