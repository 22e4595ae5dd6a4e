import assert from 'node:assert/strict';
import { AfcClient } from '../../../../src/device/afc/client.ts';
import { scanTree } from '../../../../src/device/afc/scan.ts';
import { DeviceError } from '../../../../src/device/errors.ts';
import { connectionPair } from '../../../support/connectionPair.ts';
import { AfcPeer } from './afcPeer.ts';
import { newTree, serveTree, type ServedTree } from './afcTree.ts';

const file = Buffer.from('x');

async function scan(tree: ServedTree, options: Parameters<typeof scanTree>[2] = {}): Promise<string[]> {
	const { connection, peer } = connectionPair();
	const serving = serveTree(new AfcPeer(peer), tree);
	const client = new AfcClient(connection);
	try {
		return (await scanTree(client, '/', options)).map(({ path }) => path).sort();
	} finally {
		client.close();
		await serving;
	}
}

describe('AFC scan', () => {
	it('finds everything below a folder', async () => {
		const tree = newTree({ '/b': undefined, '/b/c': undefined, '/b/c/d': file, '/a': file, '/e': undefined });
		assert.deepEqual(await scan(tree), ['/a', '/b', '/b/c', '/b/c/d', '/e']);
		assert.deepEqual(await scan(newTree()), []);
	});

	it('asks about many folders and files at a time, and not about all of them', async () => {
		const folders = Array.from({ length: 30 }, (_, index) => `/f${index}`);
		const tree = newTree(
			Object.fromEntries(
				folders.flatMap((folder): [string, Buffer | undefined][] => [
					[folder, undefined],
					...Array.from({ length: 20 }, (_, index): [string, Buffer] => [`${folder}/${index}`, file]),
				]),
			),
		);
		assert.equal((await scan(tree)).length, 630);
		assert.ok(tree.mostWaiting > 64 && tree.mostWaiting <= 128, String(tree.mostWaiting));
	});

	it('leaves out what it is told to, and tells what the device does not show', async () => {
		const tree = newTree({ '/a': undefined, '/a/x': file, '/b': file, '/c': undefined, '/c/y': file });
		tree.denied.add('/b');
		const denied: string[] = [];
		assert.deepEqual(await scan(tree, { skips: (path) => path === '/c', onDenied: (path) => denied.push(path) }), ['/a', '/a/x']);
		assert.deepEqual(denied, ['/b']);
	});

	it('gives up on folders without end, and on a device that fails', async () => {
		for (const answer of [
			(device: AfcPeer, request: { operation: number }) =>
				device.data(request as never, request.operation === 0x03 ? `.\0..\0${'n'.repeat(200)}\0` : 'st_ifmt\0S_IFDIR\0'),
			(device: AfcPeer, request: { operation: number }) =>
				request.operation === 0x03 ? device.data(request as never, '.\0..\0a\0') : device.status(request as never, 20),
		]) {
			const { connection, peer } = connectionPair();
			const device = new AfcPeer(peer);
			const serving = (async () => {
				for (let request = await device.next(); request !== undefined; request = await device.next()) {
					answer(device, request);
				}
			})();
			const client = new AfcClient(connection);
			await assert.rejects(scanTree(client, '/'), (error) => DeviceError.is(error));
			client.close();
			await serving;
		}
	});

	it('ends when its signal fires', async () => {
		const stop = new AbortController();
		stop.abort();
		await assert.rejects(scan(newTree({ '/a': file }), { signal: stop.signal }), { name: 'AbortError' });
	});
});
