import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { eventually } from '../../support/eventually.ts';
import { useLab } from '../../support/virtualLab.ts';

/** What this suite uses of the package `usbmux`, which has no types. */
interface UsbmuxPackage {
	address: { host: string; port: number } | { path: string };
	createListener(): Socket;
	getTunnel(port: number, options: { udid: string; timeout?: number }): PromiseLike<Socket>;
}

describe('the package usbmux with the virtual lab', () => {
	const lab = useLab({ profile: 'files:1x1' });
	let usbmux: UsbmuxPackage;
	before(() => {
		usbmux = createRequire(import.meta.url)('usbmux') as UsbmuxPackage;
		const [host = '', port = ''] = lab.address.split(':');
		usbmux.address = { host, port: Number(port) };
	});

	it('hears of a device that comes, goes and comes again', async () => {
		const listener = usbmux.createListener();
		const seen: string[] = [];
		listener.on('attached', (udid: string) => seen.push(`+${udid}`)).on('detached', (udid: string) => seen.push(`-${udid}`));
		await eventually('the device is attached', () => seen.length === 1);
		await lab.tell('unplug');
		await lab.tell('plug');
		await eventually('the device is attached again', () => seen.length === 3);
		assert.deepEqual(seen, [`+${lab.udid}`, `-${lab.udid}`, `+${lab.udid}`]);
		listener.destroy();
	});

	it('opens a tunnel to lockdown, and is refused on a port where nothing listens', async () => {
		const tunnel = await usbmux.getTunnel(62078, { udid: lab.udid });
		const body = Buffer.from('<plist version="1.0"><dict><key>Request</key><string>QueryType</string></dict></plist>');
		const header = Buffer.alloc(4);
		header.writeUInt32BE(body.length);
		const answer = new Promise<string>((resolve) => tunnel.once('data', (chunk: Buffer) => resolve(chunk.toString())));
		tunnel.write(Buffer.concat([header, body]));
		assert.match(await answer, /com\.apple\.mobile\.lockdown/);
		tunnel.destroy();
		await assert.rejects(Promise.resolve(usbmux.getTunnel(22, { udid: lab.udid })), /Err #3/);
	});
});
