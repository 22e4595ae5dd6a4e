import assert from 'node:assert/strict';
import { AfcClient } from '../../../../src/device/afc/client.ts';
import { isAfcDenied } from '../../../../src/device/afc/errors.ts';
import { walk } from '../../../../src/device/afc/walk.ts';
import { DeviceError } from '../../../../src/device/errors.ts';
import { connectionPair } from '../../../support/connectionPair.ts';
import { AfcPeer } from './afcPeer.ts';
import { newTree, serveTree, type ServedTree } from './afcTree.ts';

async function pathsOf(tree: ServedTree, folder: string, onDenied?: (path: string) => void): Promise<string[]> {
	const { connection, peer } = connectionPair();
	const serving = serveTree(new AfcPeer(peer), tree);
	const client = new AfcClient(connection);
	try {
		const paths: string[] = [];
		for await (const entry of walk(client, folder, { onDenied })) {
			paths.push(entry.path);
		}
		return paths;
	} finally {
		client.close();
		await serving;
	}
}

const file = Buffer.from('x');

describe('AFC walk', () => {
	it('tells each folder before its contents, in the device’s order', async () => {
		const tree = newTree({ '/b': undefined, '/b/z': file, '/b/c': undefined, '/b/c/d': file, '/a': file, '/e.link': file });
		assert.deepEqual(await pathsOf(tree, '/'), ['/b', '/b/z', '/b/c', '/b/c/d', '/a', '/e.link']);
		assert.deepEqual(await pathsOf(tree, '/b'), ['/b/z', '/b/c', '/b/c/d']);
	});

	it('asks about many files at a time', async () => {
		const tree = newTree(Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`/${index}`, file])));
		assert.equal((await pathsOf(tree, '/')).length, 100);
		assert.ok(tree.mostWaiting > 8 && tree.mostWaiting <= 32, String(tree.mostWaiting));
	});

	it('passes over folders that the device does not show, and says so', async () => {
		const tree = newTree({ '/a': undefined, '/a/x': file, '/b': file });
		tree.denied.add('/a/x').add('/b');
		const denied: string[] = [];
		assert.deepEqual(await pathsOf(tree, '/', (path) => denied.push(path)), ['/a']);
		assert.deepEqual(denied.sort(), ['/a/x', '/b']);
	});

	it('fails when the start itself is not shown', async () => {
		const tree = newTree();
		tree.denied.add('/');
		await assert.rejects(pathsOf(tree, '/'), isAfcDenied);
	});

	it('gives up on folders without end', async () => {
		const { connection, peer } = connectionPair();
		const device = new AfcPeer(peer);
		const serving = (async () => {
			for (let request = await device.next(); request !== undefined; request = await device.next()) {
				device.data(request, request.operation === 0x03 ? `.\0..\0${'n'.repeat(200)}\0` : 'st_ifmt\0S_IFDIR\0');
			}
		})();
		const client = new AfcClient(connection);
		const walking = async (): Promise<void> => {
			for await (const entry of walk(client, '/')) {
				assert.equal(entry.info.kind, 'directory');
			}
		};
		await assert.rejects(walking, (error) => DeviceError.is(error, 'PROTOCOL_VIOLATION'));
		await serving;
	});
});
