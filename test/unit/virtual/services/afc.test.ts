import assert from 'node:assert/strict';
import { useLab } from '../../../support/virtualLab.ts';
import { openService, readRecord, type RawPlistStream } from '../rawClient.ts';

/** A packet as Debian's tools build it: magic, entire length, this length, number, operation, little-endian. */
function packet(operation: number, number: number, parameters: Buffer, payload: Buffer = Buffer.alloc(0)): Buffer {
	const header = Buffer.alloc(40);
	header.write('CFA6LPAA');
	[40 + parameters.length + payload.length, 40 + parameters.length, number, operation].forEach((value, index) =>
		header.writeBigUInt64LE(BigInt(value), 8 + 8 * index),
	);
	return Buffer.concat([header, parameters, payload]);
}

function u64(...values: number[]): Buffer {
	const bytes = Buffer.alloc(8 * values.length);
	values.forEach((value, index) => bytes.writeBigUInt64LE(BigInt(value), 8 * index));
	return bytes;
}

describe('AFC of a virtual device', () => {
	const lab = useLab({ profile: 'small' });
	const open: RawPlistStream[] = [];
	let number = 0;
	const connect = async (): Promise<RawPlistStream> => {
		const stream = await openService(lab.address, await readRecord(lab.address, lab.udid), 'com.apple.afc');
		open.push(stream);
		return stream;
	};
	const ask = async (
		afc: RawPlistStream,
		operation: number,
		parameters: Buffer,
		payload?: Buffer,
	): Promise<{ operation: number; body: Buffer }> => {
		afc.write(packet(operation, ++number, parameters, payload));
		const header = await afc.read(40);
		assert.deepEqual([header.subarray(0, 8).toString(), Number(header.readBigUInt64LE(24))], ['CFA6LPAA', number]);
		return { operation: Number(header.readBigUInt64LE(32)), body: await afc.read(Number(header.readBigUInt64LE(8)) - 40) };
	};
	const status = async (...args: Parameters<typeof ask>): Promise<number> => {
		const answer = await ask(...args);
		assert.equal(answer.operation, 1);
		return Number(answer.body.readBigUInt64LE());
	};
	const openLockFile = async (afc: RawPlistStream): Promise<number> => {
		const answer = await ask(afc, 0x0d, Buffer.concat([u64(2), Buffer.from('/com.apple.itunes.lock_sync\0')]));
		assert.equal(answer.operation, 0x0e);
		return Number(answer.body.readBigUInt64LE());
	};
	afterEach(() => open.splice(0).forEach((stream) => stream.close()));

	it('lists with dot and dot-dot first', async () => {
		const answer = await ask(await connect(), 3, Buffer.from('/\0'));
		const names = answer.body.toString().split('\0');
		assert.deepEqual([answer.operation, names.slice(0, 2), names.includes('DCIM'), names.at(-1)], [2, ['.', '..'], true, '']);
	});

	it('shows the photos that backups carry', async () => {
		const afc = await connect();
		const answer = await ask(afc, 3, Buffer.from('/DCIM/100APPLE\0'));
		assert.ok(answer.body.toString().split('\0').length > 3);
	});

	it('writes with a payload and reads it back', async () => {
		const afc = await connect();
		const handle = Number((await ask(afc, 0x0d, Buffer.concat([u64(4), Buffer.from('/Downloads/new.bin\0')]))).body.readBigUInt64LE());
		assert.equal(await status(afc, 0x10, u64(handle), Buffer.from('content')), 0);
		assert.equal(await status(afc, 0x11, u64(handle, 0, 3)), 0);
		assert.equal((await ask(afc, 0x0f, u64(handle, 100))).body.toString(), 'tent');
		assert.equal((await ask(afc, 0x0f, u64(handle, 100))).body.length, 0);
		assert.equal(Number((await ask(afc, 0x12, u64(handle))).body.readBigUInt64LE()), 7);
		assert.equal(await status(afc, 0x14, u64(handle)), 0);
		assert.equal(await status(afc, 0x0f, u64(handle, 1)), 7);
	});

	it('keeps the sync lock to one connection until that goes away', async () => {
		const [one, two] = [await connect(), await connect()];
		const [first, second] = [await openLockFile(one), await openLockFile(two)];
		assert.equal(await status(one, 0x1b, u64(first, 6)), 0);
		assert.equal(await status(two, 0x1b, u64(second, 6)), 19);
		one.close();
		let left = 200;
		while ((await status(two, 0x1b, u64(second, 6))) !== 0) {
			assert.ok(left-- > 0, 'the lock is let go');
			await new Promise((resolve) => setTimeout(resolve, 10));
		}
	});

	it('refuses unknown operations and short parameters, and ends with a stream out of step', async () => {
		const afc = await connect();
		assert.equal(await status(afc, 0x77, Buffer.alloc(0)), 6);
		assert.equal(await status(afc, 0x0d, Buffer.alloc(3)), 7);
		assert.equal(await status(afc, 0x0a, Buffer.from('/nope\0')), 8);
		afc.write(Buffer.alloc(40, 0x41));
		await afc.over();
	});
});
