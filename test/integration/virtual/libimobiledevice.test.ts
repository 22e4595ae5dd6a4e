import assert from 'node:assert/strict';
import { runProgram, type Ended } from '../../support/foreignProcess.ts';
import { describeWith, requireProgram } from '../../support/requirements.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';

describeWith(
	['idevice_id', 'ideviceinfo', 'idevicepair', 'idevicediagnostics'].map(requireProgram),
	"libimobiledevice's tools with the virtual lab",
	() => {
		const lab = useLab({ devices: 3 });
		const home = useTempFolder();
		const run = async (program: string, ...args: string[]): Promise<Ended> => {
			const ended = await runProgram([program, ...args], {
				USBMUXD_SOCKET_ADDRESS: lab.address,
				HOME: home.path,
				XDG_CONFIG_HOME: home.path,
			});
			return { code: ended.code, output: ended.output.trim() };
		};

		it('idevice_id lists every device, and names one without a session', async () => {
			const { output } = await run('idevice_id', '-l');
			assert.equal(output.split('\n').length, 3);
			assert.ok(output.includes(lab.udid));
			assert.deepEqual(await run('idevice_id', lab.udid), { code: 0, output: 'Lab-1' });
		});

		it('idevice_id tells cable from Wi-Fi', async () => {
			await lab.tell('set', 'wifi=on');
			assert.equal((await run('idevice_id', '-l', '-n')).output.split('\n').filter((line) => line === `${lab.udid} (Network)`).length, 1);
			await lab.tell('set', 'wifi=off');
		});

		it('ideviceinfo reads values in clear and inside a session', async () => {
			assert.deepEqual(await run('ideviceinfo', '-u', lab.udid, '-s', '-k', 'ProductVersion'), { code: 0, output: '18.1' });
			for (const tls of ['1.2', '1.3', 'off']) {
				await lab.tell('set', `tls=${tls}`);
				assert.deepEqual(
					await run('ideviceinfo', '-u', lab.udid, '-q', 'com.apple.mobile.battery', '-k', 'BatteryCurrentCapacity'),
					{ code: 0, output: '82' },
					tls,
				);
			}
			await lab.tell('set', 'tls=1.2');
			assert.match((await run('ideviceinfo', '-u', lab.udid)).output, new RegExp(`UniqueDeviceID: ${lab.udid}`));
		});

		it('idevicepair validates, unpairs and pairs with certificates of its own', async () => {
			const says = async (verb: string, expected: RegExp, code = 0): Promise<void> => {
				const ended = await run('idevicepair', '-u', lab.udid, verb);
				assert.match(ended.output, expected);
				assert.equal(ended.code, code, ended.output);
			};
			await says('validate', /^SUCCESS: Validated pairing/);
			await says('unpair', /^SUCCESS: Unpaired/);
			await lab.tell('set', 'trust=pending');
			await says('pair', /Please accept the trust dialog/, 1);
			await lab.tell('set', 'trust=deny');
			await says('pair', /user denied the trust dialog/, 1);
			await lab.tell('set', 'trust=accept', 'locked=yes');
			await says('pair', /because a passcode is set/, 1);
			await lab.tell('set', 'locked=no');
			await says('pair', /^SUCCESS: Paired/);
			await says('validate', /^SUCCESS: Validated pairing/);
			await lab.tell('set', 'paired=forgotten');
			await says('validate', /is not paired with this host/, 1);
			await lab.tell('set', 'paired=yes');
			await says('validate', /^SUCCESS: Validated pairing/);
		});

		it('idevicediagnostics restarts a device', async () => {
			const before = await lab.attachment();
			assert.equal((await run('idevicediagnostics', '-u', lab.udid, 'restart')).code, 0);
			await lab.restarted(before);
		});

		// Its muxer library wants each packet's header in one piece, so only the device's own link is chopped.
		it('everything works over a link in pieces', async () => {
			await lab.tell('fault', 'split', '11');
			assert.deepEqual(await run('ideviceinfo', '-u', lab.udid, '-k', 'DeviceName'), { code: 0, output: 'Lab-1' });
			await lab.tell('fault', 'clear');
		});
	},
);
