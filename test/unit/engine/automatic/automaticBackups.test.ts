import assert from 'node:assert/strict';
import { AbortError, silentLogger } from '../../../../src/base/index.ts';
import type { AutomaticReport, AutomaticRules, JobPhase, SnapshotInfo } from '../../../../src/contract/index.ts';
import { AutomaticBackups, type AutomaticOrder } from '../../../../src/engine/automatic/automaticBackups.ts';
import { EngineError } from '../../../../src/engine/errors.ts';
import { NoLongerDue } from '../../../../src/engine/store/takeSnapshot.ts';
import { settled } from '../../../support/eventually.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { device, snapshot } from '../../../support/fakeLab.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Nine in the evening, local time. */
const START = new Date(2026, 10, 22, 21).getTime();

const onAttach: AutomaticRules = {
	mode: 'onAttach',
	window: '22:00-06:00',
	everyHours: 12,
	minBatteryPercent: 30,
	onlyWhenCharging: false,
	overWifi: false,
};
const inWindow: AutomaticRules = { ...onAttach, mode: 'inWindow' };

interface Begun extends AutomaticOrder {
	readonly signal: AbortSignal;
	phase(phase: JobPhase): void;
	/** Ends with a snapshot of now. */
	take(): Promise<void>;
	fail(error: Error): Promise<void>;
}

/** Automatic backups over a lab that a test makes up. */
class Bench {
	readonly clock = new FakeClock(START);
	readonly begun: Begun[] = [];
	readonly reports: AutomaticReport[] = [];
	readonly stored = new Map<string, SnapshotInfo[]>();
	freeBytes: number | undefined = 500e9;
	readonly backups = new AutomaticBackups({
		clock: this.clock,
		log: silentLogger,
		snapshots: async (udid) => this.stored.get(udid) ?? [],
		freeBytes: async () => this.freeBytes,
		backUp: ({ udid, unlessTakenSinceMs }, watch) =>
			new Promise<void>((resolve, reject) => {
				this.begun.push({
					udid,
					unlessTakenSinceMs,
					signal: watch.signal,
					phase: (phase) => watch.onPhase(phase),
					take: () => {
						this.store(udid, 0);
						resolve();
						return settled();
					},
					fail: (error) => {
						reject(error);
						return settled();
					},
				});
				watch.signal.addEventListener('abort', () => reject(new AbortError()));
			}),
		onReport: (report) => void this.reports.push(report),
	});

	store(udid: string, hoursAgo: number): void {
		const takenAt = new Date(this.clock.now() - hoursAgo * HOUR_MS).toISOString();
		this.stored.set(udid, [...(this.stored.get(udid) ?? []), snapshot({ udid, takenAt })]);
	}

	attach(...udids: string[]): Promise<void> {
		this.backups.setDevices(udids.map((udid) => device({ udid })));
		return settled();
	}

	async advance(durationMs: number): Promise<void> {
		this.clock.advance(durationMs);
		await settled();
	}

	/** What is told of each device now. */
	get told(): string[] {
		return (this.reports.at(-1)?.devices ?? []).map(({ udid, reason }) => `${udid} ${reason}`);
	}

	get last(): Begun {
		const last = this.begun.at(-1);
		assert.ok(last);
		return last;
	}
}

async function start(rules: AutomaticRules): Promise<Bench> {
	const bench = new Bench();
	bench.backups.setRules(rules);
	await settled();
	return bench;
}

describe('Automatic backups', () => {
	it('do nothing while they are off', async () => {
		const bench = new Bench();
		await bench.attach('a');
		await bench.advance(24 * HOUR_MS);
		assert.deepEqual([bench.begun, bench.reports.flatMap(({ devices }) => devices), bench.clock.pending], [[], [], 0]);
		bench.backups.dispose();
	});

	it('back up what is attached, once', async () => {
		const bench = await start(onAttach);
		await bench.attach('a');
		assert.deepEqual([bench.begun.map(({ udid }) => udid), bench.told], [['a'], ['a backing-up']]);
		assert.equal(bench.last.unlessTakenSinceMs, START - 12 * HOUR_MS);
		await bench.last.take();
		assert.deepEqual(bench.told, ['a fresh']);
		await bench.advance(13 * HOUR_MS);
		assert.deepEqual([bench.begun.length, bench.told], [1, ['a next-attach']]);
		await bench.attach();
		await bench.attach('a');
		assert.equal(bench.begun.length, 2);
		bench.backups.dispose();
	});

	it('begin with what is attached already when they are turned on, and nothing when they are turned off', async () => {
		const bench = new Bench();
		await bench.attach('a', 'b');
		bench.backups.setRules(onAttach);
		await settled();
		assert.deepEqual(bench.told, ['a backing-up', 'b queued']);
		bench.backups.setRules(undefined);
		await bench.last.take();
		assert.deepEqual([bench.begun.length, bench.reports.at(-1)], [1, { devices: [] }]);
		assert.equal(bench.clock.pending, 0);
		bench.backups.dispose();
	});

	it('wait for the window, and look again each minute', async () => {
		const bench = await start(inWindow);
		await bench.attach('a');
		assert.deepEqual(bench.reports.at(-1)?.devices, [
			{ udid: 'a', reason: 'outside-window', until: new Date(START + HOUR_MS).toISOString() },
		]);
		for (let minutes = 1; minutes < 60; minutes++) {
			await bench.advance(MINUTE_MS);
		}
		assert.deepEqual([bench.begun.length, bench.clock.waits], [0, [MINUTE_MS]]);
		await bench.advance(MINUTE_MS);
		assert.equal(bench.begun.length, 1);
		await bench.last.take();
		assert.deepEqual(bench.reports.at(-1)?.devices, [
			{
				udid: 'a',
				reason: 'fresh',
				// Twelve hours later the window is closed, so it is the next evening.
				until: new Date(START + 25 * HOUR_MS).toISOString(),
				lastSnapshotAt: new Date(START + HOUR_MS).toISOString(),
			},
		]);
		bench.backups.dispose();
	});

	it('begin with no device that does not answer', async () => {
		const bench = await start(onAttach);
		for (const answer of ['awaited', 'none'] as const) {
			bench.backups.setDevices([device({ udid: 'a', answer })]);
			await settled();
		}
		assert.equal(bench.begun.length, 0);
		await bench.attach('a');
		assert.equal(bench.begun.length, 1);
		bench.backups.dispose();
	});

	it('go on when a gate opens', async () => {
		const bench = await start(onAttach);
		bench.backups.setDevices([device({ udid: 'a', locked: true })]);
		await settled();
		assert.deepEqual(bench.told, ['a locked']);
		await bench.attach('a');
		assert.deepEqual(bench.told, ['a backing-up']);
		await bench.last.take();
		bench.freeBytes = 1e9;
		await bench.attach();
		await bench.advance(13 * HOUR_MS);
		await bench.attach('a');
		await bench.advance(MINUTE_MS);
		assert.deepEqual(bench.told, ['a no-space']);
		bench.freeBytes = 500e9;
		await bench.advance(MINUTE_MS);
		assert.deepEqual(bench.told, ['a backing-up']);
		bench.backups.dispose();
	});

	it('begin with one after the other, as soon as a phone can no longer ask for its passcode', async () => {
		const bench = await start(onAttach);
		await bench.attach('c');
		await bench.advance(MINUTE_MS);
		await bench.attach('a', 'b', 'c');
		assert.deepEqual(bench.told, ['a queued', 'b queued', 'c backing-up']);
		bench.last.phase('waiting-for-passcode');
		bench.last.phase('preparing');
		await settled();
		assert.equal(bench.begun.length, 1);
		bench.last.phase('transferring');
		await settled();
		assert.deepEqual(bench.told, ['a backing-up', 'b queued', 'c backing-up']);
		bench.last.phase('transferring');
		await settled();
		assert.equal(bench.begun.length, 2, 'two at once are enough');
		await bench.begun[0]?.take();
		assert.deepEqual(bench.told, ['a backing-up', 'b backing-up', 'c fresh']);
		bench.backups.dispose();
	});

	it('leave a device alone that others work on, and what they made counts', async () => {
		const bench = await start(onAttach);
		bench.backups.setBusy(new Set(['a']));
		await bench.attach('a');
		assert.deepEqual([bench.begun.length, bench.told], [0, ['a busy']]);
		bench.store('a', 0);
		bench.backups.snapshotsChanged(['a']);
		await settled();
		bench.backups.setBusy(new Set());
		assert.deepEqual([bench.begun.length, bench.told], [0, ['a fresh']]);
		bench.backups.dispose();
	});

	it('wait a minute when somebody else was faster, and longer each time that one fails', async () => {
		const bench = await start(onAttach);
		await bench.attach('a');
		await bench.last.fail(new NoLongerDue());
		assert.deepEqual(bench.told, ['a busy']);
		await bench.advance(MINUTE_MS);
		await bench.last.fail(new EngineError('DEVICE_BUSY', 'busy'));
		assert.deepEqual(bench.told, ['a busy']);
		await bench.advance(MINUTE_MS);
		assert.equal(bench.begun.length, 3);
		await bench.last.fail(new EngineError('HOST_FULL', 'full'));
		assert.deepEqual(bench.told, ['a failed']);
		await bench.advance(15 * MINUTE_MS);
		assert.equal(bench.begun.length, 4);
		await bench.last.fail(new EngineError('HOST_FULL', 'full'));
		await bench.advance(29 * MINUTE_MS);
		assert.equal(bench.begun.length, 4);
		await bench.advance(MINUTE_MS);
		assert.equal(bench.begun.length, 5);
		bench.backups.dispose();
	});

	it('leave one alone that a person cancelled, until it is attached again', async () => {
		const bench = await start(onAttach);
		await bench.attach('a');
		await bench.last.fail(new AbortError());
		assert.deepEqual(bench.told, ['a cancelled']);
		await bench.advance(11 * HOUR_MS);
		assert.equal(bench.begun.length, 1);
		await bench.attach();
		await bench.attach('a');
		assert.equal(bench.begun.length, 2);
		bench.backups.dispose();
	});

	it('end what runs, and begin nothing more', async () => {
		const bench = await start(onAttach);
		await bench.attach('a', 'b');
		const ended = bench.backups.end();
		assert.equal(bench.last.signal.aborted, true);
		await ended;
		await bench.advance(HOUR_MS);
		assert.deepEqual([bench.begun.length, bench.clock.pending], [1, 0]);
		bench.backups.dispose();
	});
});
