import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ByteQueue, UnexpectedEnd } from '../../../src/base/index.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const sequence = (length: number, start = 0): Uint8Array => Uint8Array.from({ length }, (_, index) => (start + index) & 0xff);

describe('ByteQueue', () => {
	it('gives exact reads over any split of the bytes', async () => {
		const whole = sequence(12);
		for (let split = 0; split <= whole.length; split++) {
			const queue = new ByteQueue(1000);
			const reads = [];
			for (const size of [1, 4, 7]) {
				reads.push(size);
			}
			queue.push(whole.subarray(0, split));
			queue.push(whole.subarray(split));
			const got = [];
			for (const size of reads) {
				got.push(await queue.read(size));
			}
			assert.deepEqual(Buffer.concat(got as Uint8Array[]), Buffer.from(whole));
			assert.equal(queue.sizeBytes, 0);
		}
	});

	it('keeps content and order for any chunks and any reads', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 })), fc.array(fc.integer({ min: 0, max: 60 })), async (chunks, sizes) => {
				const whole = Buffer.concat(chunks);
				const queue = new ByteQueue(50);
				const pushing = (async () => {
					for (const chunk of chunks) {
						queue.push(chunk);
						await Promise.resolve();
					}
					queue.end();
				})();
				let offset = 0;
				for (const size of sizes) {
					if (offset + size > whole.length) {
						break;
					}
					assert.deepEqual(Buffer.from((await queue.read(size)) ?? []), whole.subarray(offset, offset + size));
					offset += size;
				}
				await pushing;
				assert.deepEqual(Buffer.concat(queue.takeAll()), whole.subarray(offset));
			}),
		);
	});

	it('survives thousands of chunks, read one by one and across', async () => {
		const queue = new ByteQueue(1 << 20);
		for (let index = 0; index < 5000; index++) {
			queue.push(bytes(index & 0xff));
		}
		for (let index = 0; index < 3000; index++) {
			assert.equal((await queue.read(1))?.[0], index & 0xff);
		}
		queue.push(bytes(1, 2));
		assert.equal((await queue.read(2002))?.length, 2002);
		assert.equal(queue.sizeBytes, 0);
	});

	it('wakes a read when the last of its bytes arrives, and not before', async () => {
		const queue = new ByteQueue(1000);
		let isDone = false;
		const read = queue.read(3).then((got) => {
			isDone = true;
			return got;
		});
		queue.push(bytes(1, 2));
		await Promise.resolve();
		assert.equal(isDone, false);
		queue.push(bytes(3, 4));
		assert.deepEqual(Buffer.from((await read) ?? []), Buffer.from([1, 2, 3]));
		assert.equal(queue.sizeBytes, 1);
	});

	it('gives portions as they came, up to the size asked for', async () => {
		const queue = new ByteQueue(1000);
		queue.push(bytes(1, 2, 3));
		queue.push(bytes(4));
		assert.deepEqual(
			[await queue.readSome(2), await queue.readSome(10), await queue.readSome(10)].map((got) => [...(got ?? [])]),
			[[1, 2], [3], [4]],
		);
		const waiting = queue.readSome(10);
		queue.push(bytes(5));
		assert.deepEqual([...((await waiting) ?? [])], [5]);
	});

	it('reads nothing at once when nothing is asked for', async () => {
		const queue = new ByteQueue(10);
		assert.deepEqual(await queue.read(0), new Uint8Array(0));
		queue.push(bytes(1));
		assert.equal((await queue.read(0))?.length, 0);
		assert.equal(queue.sizeBytes, 1);
	});

	it('tells a clean end from one inside a read, and from a failure', async () => {
		const clean = new ByteQueue(10);
		clean.end();
		assert.equal(await clean.read(1), undefined);
		assert.equal(await clean.readSome(1), undefined);

		const inside = new ByteQueue(10);
		inside.push(bytes(1));
		const waiting = inside.read(2);
		inside.end();
		await assert.rejects(waiting, UnexpectedEnd);
		assert.deepEqual([...((await inside.read(1)) ?? [])], [1], 'what came before the end can be read');

		const failed = new ByteQueue(10);
		failed.push(bytes(1));
		failed.end(new Error('cut'));
		failed.end(new Error('later'));
		failed.push(bytes(9));
		assert.equal((await failed.read(1))?.length, 1);
		await assert.rejects(failed.read(1), /cut/);
		await assert.rejects(failed.readSome(1), /cut/);
	});

	it('refuses a second reader while one waits', async () => {
		const queue = new ByteQueue(10);
		const first = queue.read(1);
		await assert.rejects(queue.read(1), /one reader/);
		assert.equal(queue.tryRead(0), undefined);
		queue.push(bytes(7));
		assert.equal((await first)?.[0], 7);
	});

	it('interrupts a waiting read and keeps what is queued', async () => {
		const queue = new ByteQueue(10);
		queue.push(bytes(1));
		const waiting = queue.read(2);
		queue.interrupt(new Error('given up'));
		await assert.rejects(waiting, /given up/);
		queue.interrupt(new Error('nobody waits'));
		queue.push(bytes(2));
		assert.deepEqual(Buffer.from(queue.tryRead(2) ?? []), Buffer.from([1, 2]));
		assert.equal(queue.tryRead(1), undefined);
	});

	it('calls for more when a read takes it below the high-water mark', async () => {
		let calls = 0;
		const queue = new ByteQueue(4, () => calls++);
		queue.push(bytes(1, 2, 3));
		assert.equal(queue.isAboveHighWater, false);
		queue.push(bytes(4, 5));
		assert.equal(queue.isAboveHighWater, true);
		await queue.read(1);
		assert.equal(calls, 0, 'still at the mark');
		await queue.read(1);
		assert.equal(calls, 1);
		await queue.read(1);
		assert.equal(calls, 1, 'once, not with each read');
	});

	it('calls for more for a read that is larger than the high-water mark', async () => {
		let calls = 0;
		const queue = new ByteQueue(4, () => calls++);
		queue.push(bytes(1, 2, 3, 4));
		const waiting = queue.read(6);
		assert.deepEqual([calls, queue.isStarved], [1, true]);
		queue.push(bytes(5, 6, 7));
		assert.equal(queue.isStarved, false);
		assert.equal((await waiting)?.length, 6);
	});

	it('hands over all that was not read', () => {
		const queue = new ByteQueue(10);
		queue.push(bytes(1, 2));
		queue.push(bytes(3));
		queue.tryRead(1);
		assert.deepEqual(Buffer.concat(queue.takeAll()), Buffer.from([2, 3]));
		assert.deepEqual([queue.sizeBytes, queue.takeAll()], [0, []]);
	});
});
