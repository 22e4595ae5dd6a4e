import assert from 'node:assert/strict';
import { duplexPair } from '../../../support/connectionPair.ts';
import { useLab } from '../../../support/virtualLab.ts';
import { FaultPlan } from '../../../../src/virtual/faults.ts';
import { VirtualError } from '../../../../src/virtual/index.ts';
import { LINK_FAULTS } from '../../../../src/virtual/lab/linkFaults.ts';
import { ShapedLink } from '../../../../src/virtual/link/shapedLink.ts';
import { openLockdown, openSession, readRecord } from '../rawClient.ts';

describe('fault plan', () => {
	it('strikes as often as it was armed for', () => {
		const plan = new FaultPlan([
			{ name: 'once', args: '', summary: '' },
			{ name: 'stays', args: '', summary: '', stays: true },
		]);
		plan.arm('once', ['a', 'b']);
		plan.arm('stays');
		assert.deepEqual(plan.list(), ['once a b', 'stays']);
		assert.deepEqual([plan.peek('once'), plan.take('once'), plan.take('once')], [['a', 'b'], ['a', 'b'], undefined]);
		assert.deepEqual([plan.take('stays'), plan.take('stays')], [[], []]);
		plan.arm('once', [], 2);
		assert.deepEqual([plan.take('once'), plan.take('once'), plan.take('once')], [[], [], undefined]);
		plan.clear();
		assert.deepEqual(plan.list(), []);
		assert.throws(
			() => plan.arm('nonsense'),
			(error) => VirtualError.is(error, 'UNKNOWN_FAULT'),
		);
	});

	it('has no two faults of one name', () => {
		assert.equal(new Set(LINK_FAULTS.map(({ name }) => name)).size, LINK_FAULTS.length);
	});
});

describe('shaped link', () => {
	it('passes everything in pieces, both ways, and its end', async () => {
		const [near, far] = duplexPair();
		const link = new ShapedLink(near, { pieceBytes: 3 });
		const sizes: number[] = [];
		link.on('data', (chunk: Buffer) => sizes.push(chunk.length));
		const ended = new Promise((resolve) => link.once('end', resolve));
		far.write('1234567');
		far.end();
		await ended;
		assert.deepEqual(sizes, [3, 3, 1]);
		const got: Buffer[] = [];
		far.on('data', (chunk: Buffer) => got.push(chunk));
		await new Promise((resolve) => link.write('abcdefgh', resolve));
		assert.equal(Buffer.concat(got).toString(), 'abcdefgh');
		link.destroy();
	});

	it('lets as much pass as is admitted', async () => {
		const [near, far] = duplexPair();
		let left = 5;
		const link = new ShapedLink(near, {
			admit: (sizeBytes) => {
				const admitted = Math.min(left, sizeBytes);
				left -= admitted;
				return admitted;
			},
		});
		const got: Buffer[] = [];
		far.on('data', (chunk: Buffer) => got.push(chunk));
		await new Promise((resolve) => link.write('abcdefgh', resolve));
		await new Promise((resolve) => link.write('more', resolve));
		assert.equal(Buffer.concat(got).toString(), 'abcde');
		link.destroy();
	});
});

describe('faults of a link', () => {
	const lab = useLab({ profile: 'files:1x1' });
	afterEach(async () => {
		await lab.tell('fault', 'clear');
		await lab.tell('plug');
	});

	it('carries TLS over a link in pieces', async () => {
		await lab.tell('fault', 'split', '7');
		const lockdown = await openSession(lab.address, await readRecord(lab.address, lab.udid), await lab.attachment());
		assert.match((await lockdown.request({ Request: 'GetValue', Key: 'SerialNumber' }))['Value'] as string, /^FAKE/);
		lockdown.close();
	});

	it('unplugs at a byte, and plugs in again', async () => {
		const before = await lab.attachment();
		await lab.tell('fault', 'unplug-at-byte', '120', '10');
		const lockdown = await openLockdown(lab.address, before);
		lockdown.send({ Request: 'QueryType', Label: 'a label that makes this request longer than the cable lives' });
		await lockdown.over();
		await lab.restarted(before);
	});

	it('goes silent without ending', async () => {
		await lab.tell('fault', 'silence');
		const lockdown = await openLockdown(lab.address, await lab.attachment());
		lockdown.send({ Request: 'QueryType' });
		const answer = lockdown.receive().then(
			() => 'answered',
			() => 'ended',
		);
		assert.equal(await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 100, 'silent'))]), 'silent');
		lockdown.close();
	});

	it('slows a link down', async () => {
		await lab.tell('fault', 'slow-link', '1000');
		const lockdown = await openLockdown(lab.address, await lab.attachment());
		const startedAt = Date.now();
		await lockdown.request({ Request: 'QueryType' });
		assert.ok(Date.now() - startedAt >= 300);
		lockdown.close();
	});
});
