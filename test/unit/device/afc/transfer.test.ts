import assert from 'node:assert/strict';
import { AfcClient } from '../../../../src/device/afc/client.ts';
import { isAfcNotFound, isAfcStatus } from '../../../../src/device/afc/errors.ts';
import { readBlocks, readFile, readFileIfPresent, writeFile } from '../../../../src/device/afc/transfer.ts';
import { DeviceError } from '../../../../src/device/errors.ts';
import { connectionPair } from '../../../support/connectionPair.ts';
import { AfcPeer } from './afcPeer.ts';
import { newTree, serveTree, type ServedTree } from './afcTree.ts';

const block = 512 * 1024;

/** Runs `use` with a client of the tree, then checks that no handle was left open. */
async function withTree(tree: ServedTree, use: (client: AfcClient) => Promise<void>, maxReadBytes?: number): Promise<void> {
	const { connection, peer } = connectionPair();
	const serving = serveTree(new AfcPeer(peer), tree, maxReadBytes);
	const client = new AfcClient(connection);
	await use(client);
	client.close();
	await serving;
	assert.deepEqual([...tree.openHandles], []);
}

/** Bytes of which no two blocks are alike. */
function bytes(sizeBytes: number): Buffer {
	const content = Buffer.alloc(sizeBytes);
	for (let offset = 0; offset + 4 <= sizeBytes; offset += 4096) {
		content.writeUInt32LE(offset, offset);
	}
	return content;
}

describe('AFC transfer', () => {
	for (const sizeBytes of [0, 1, block - 1, block, block + 1, 9 * block + 7]) {
		it(`reads and writes ${sizeBytes} bytes`, async () => {
			const content = bytes(sizeBytes);
			const tree = newTree({ '/in': content });
			await withTree(tree, async (client) => {
				assert.ok(content.equals(await readFile(client, '/in')));
				await writeFile(client, '/out', content);
			});
			assert.ok(content.equals(tree.files.get('/out') as Buffer));
		});
	}

	it('has several blocks of a long file under way, and few of a short one', async () => {
		const long = newTree({ '/in': bytes(20 * block) });
		await withTree(long, async (client) => {
			await readFile(client, '/in');
		});
		assert.ok(long.mostWaiting >= 3 && long.mostWaiting <= 4, String(long.mostWaiting));
		const written = newTree();
		await withTree(written, (client) => writeFile(client, '/out', bytes(20 * block)));
		assert.ok(written.mostWaiting >= 3 && written.mostWaiting <= 4, String(written.mostWaiting));
		const short = newTree({ '/in': bytes(10) });
		await withTree(short, async (client) => {
			await readFile(client, '/in');
		});
		assert.ok(short.mostWaiting <= 3, String(short.mostWaiting));
	});

	it('goes on after short reads', async () => {
		const content = bytes(3 * block + 5);
		await withTree(
			newTree({ '/in': content }),
			async (client) => {
				assert.ok(content.equals(await readFile(client, '/in')));
			},
			100_001,
		);
	});

	it('writes the chunks of a stream in order', async () => {
		const tree = newTree();
		const parts = [bytes(3), Buffer.alloc(0), bytes(2 * block + 1), bytes(17)];
		await withTree(tree, (client) =>
			writeFile(
				client,
				'/out',
				(async function* () {
					for (const part of parts) {
						await Promise.resolve();
						yield part;
					}
				})(),
			),
		);
		assert.ok(Buffer.concat(parts).equals(tree.files.get('/out') as Buffer));
	});

	it('closes the file when its reader leaves early', async () => {
		await withTree(newTree({ '/in': bytes(20 * block) }), async (client) => {
			for await (const part of readBlocks(client, '/in')) {
				assert.equal(part.length, block);
				break;
			}
		});
	});

	it('refuses a file above the given size after one block more', async () => {
		await withTree(newTree({ '/in': bytes(20 * block) }), async (client) => {
			const reading = readFile(client, '/in', { maxBytes: block });
			await assert.rejects(reading, (error) => isAfcStatus(error, 13));
			assert.equal((await readFile(client, '/in', { maxBytes: 20 * block })).length, 20 * block);
		});
	});

	it('tells a missing file from an empty one', async () => {
		await withTree(newTree({ '/empty': Buffer.alloc(0) }), async (client) => {
			assert.equal(await readFileIfPresent(client, '/missing'), undefined);
			assert.equal((await readFileIfPresent(client, '/empty'))?.length, 0);
			await assert.rejects(readFile(client, '/missing'), isAfcNotFound);
		});
	});

	it('passes on other failures than a missing file', async () => {
		const tree = newTree({ '/in': bytes(1) });
		tree.denied.add('/in');
		await withTree(tree, (client) => assert.rejects(readFileIfPresent(client, '/in'), (error) => isAfcStatus(error, 10)));
	});

	it('stops at the first write that fails, with its reason', async () => {
		const tree = newTree();
		tree.failingWrites.set(3, 18);
		await withTree(tree, (client) => assert.rejects(writeFile(client, '/out', bytes(20 * block)), (error) => isAfcStatus(error, 18)));
		assert.ok((tree.files.get('/out') as Buffer).length < 20 * block);
	});

	it('closes the file when the source of a write fails', async () => {
		await withTree(newTree(), async (client) => {
			const source = (function* () {
				yield bytes(10);
				throw new Error('disk');
			})();
			await assert.rejects(writeFile(client, '/out', source), /disk/);
		});
	});

	it('ends on a signal, and the connection stays usable', async () => {
		const content = bytes(20 * block);
		await withTree(newTree({ '/in': content }), async (client) => {
			const reader = new AbortController();
			await assert.rejects(
				async () => {
					for await (const part of readBlocks(client, '/in', { signal: reader.signal })) {
						assert.equal(part.length, block);
						reader.abort();
					}
				},
				{ name: 'AbortError' },
			);
			const writer = new AbortController();
			const source = (function* () {
				yield content.subarray(0, 3 * block);
				writer.abort();
				yield content.subarray(3 * block);
			})();
			await assert.rejects(writeFile(client, '/out', source, { signal: writer.signal }), { name: 'AbortError' });
			assert.ok(content.equals(await readFile(client, '/in')));
		});
	});

	it('reports a link that is lost in the middle', async () => {
		const { connection, peer } = connectionPair();
		const device = new AfcPeer(peer);
		const reading = readFile(new AfcClient(connection), '/in');
		device.handle((await device.next())!, 1);
		device.data((await device.next())!, 'abc');
		device.end();
		await assert.rejects(reading, (error) => DeviceError.is(error, 'CONNECTION_LOST'));
	});
});
