import assert from 'node:assert/strict';
import type { PreflightFinding } from '../../../src/contract/index.ts';
import { device, fakeEngine } from './fakeEngine.ts';
import { FakeIo } from './fakeIo.ts';

const UDID = device().udid;
const result = { udid: UDID, path: `/b/${UDID}`, transferredBytes: 5e6, transferredFiles: 20, durationMs: 1500, restart: 'restarted' };
const refusal: PreflightFinding = { code: 'FIND_MY_ON', severity: 'refusal', message: 'Find My is on.', details: {} };
const warning: PreflightFinding = { code: 'OTHER_DEVICE', severity: 'warning', message: 'The backup is of another device.', details: {} };
const wrong: PreflightFinding = { code: 'WRONG_PASSWORD', severity: 'refusal', message: 'Wrong.', details: {} };
const needed: PreflightFinding = { code: 'PASSWORD_REQUIRED', severity: 'refusal', message: 'Needed.', details: {} };

interface Asked {
	readonly password?: string;
	readonly choices: Record<string, boolean>;
}

function cli(findings: readonly PreflightFinding[] = [], password?: string) {
	return fakeEngine({
		preflightRestore: (request: Asked) => ({
			target: device(),
			backup: {
				path: `/b/${UDID}`,
				deviceName: 'Old',
				iosVersion: '17.1',
				encrypted: password !== undefined,
				finishedAt: '2026-01-02T03:04:05Z',
			},
			findings: [
				...findings,
				...(password === undefined || request.password === password ? [] : [request.password === undefined ? needed : wrong]),
			],
		}),
		restore: () => result,
	});
}

describe('The restore command', () => {
	it('restores the whole device as Finder does, bound to what was checked', async () => {
		const io = new FakeIo();
		const engine = cli();
		assert.equal(await engine.run(io, 'restore', 'Anna', '--from', '/b', '--yes', '--json'), 0);
		const choices = {
			keepSettings: false,
			systemFiles: true,
			removeOthers: false,
			keepCameraRoll: false,
			reboot: true,
			copyFirst: false,
			reinstallApps: true,
		};
		assert.deepEqual(engine.calls.at(-1), {
			name: 'restore',
			request: { device: UDID, folder: '/b', source: UDID, password: undefined, choices },
		});
		assert.deepEqual(io.document, { schemaVersion: 1, restore: result });
		assert.match(io.stderr, /Restore\n {2}Onto {4}“Anna's iPhone”.*\n {2}Backup {2}of “Old”, 2026-01-0\d.*iOS 17\.1, not encrypted/);
	});

	it('takes every choice by its name', async () => {
		const engine = cli();
		const options = [
			'--keep-settings',
			'--no-system-files',
			'--remove-others',
			'--keep-camera-roll',
			'--no-reboot',
			'--copy-first',
			'--no-reinstall-apps',
		];
		await engine.run(new FakeIo(), 'restore', 'Anna', '--from', '/b', '--source', 'OTHER', '--yes', ...options);
		const { choices } = engine.calls.at(-1)?.request as Asked;
		assert.deepEqual(choices, {
			keepSettings: true,
			systemFiles: false,
			removeOthers: true,
			keepCameraRoll: true,
			reboot: false,
			copyFirst: true,
			reinstallApps: false,
		});
	});

	it('does nothing without a terminal and without --yes', async () => {
		const io = new FakeIo();
		const engine = cli();
		assert.equal(await engine.run(io, 'restore', 'Anna', '--from', '/b'), 2);
		assert.deepEqual(engine.calls, []);
		assert.match(io.stderr, /no terminal to ask on\. Add --yes/);
	});

	it('asks on a terminal, and takes only a yes for one', async () => {
		for (const [answer, exit] of [
			['y\r', 0],
			['yes\r', 0],
			['\r', 7],
			['n\r', 7],
			['yellow\r', 7],
			['\u0003', 7],
			['\u0004', 7],
		] as const) {
			const io = new FakeIo({ tty: true, answers: [answer] });
			const engine = cli([warning]);
			assert.equal(await engine.run(io, 'restore', 'Anna', '--from', '/b'), exit, JSON.stringify(answer));
			assert.equal(
				engine.calls.some(({ name }) => name === 'restore'),
				exit === 0,
			);
			assert.match(io.stderr, /! The backup is of another device\.\nReplace what is on “Anna's iPhone” with this backup\? \[y\/N\] /);
		}
	});

	it('stops at a check that says no, also with --yes', async () => {
		for (const tty of [true, false]) {
			const io = new FakeIo({ tty });
			const engine = cli([warning, refusal]);
			assert.equal(await engine.run(io, 'restore', 'Anna', '--from', '/b', '--yes'), 4);
			assert.ok(!engine.calls.some(({ name }) => name === 'restore'));
			assert.match(io.stderr, /✗ Find My is on/);
			assert.match(io.stderr, /Your data Nothing was changed on the device\./);
		}
	});

	it('only shows with --plan, as data', async () => {
		const io = new FakeIo();
		const engine = cli([warning]);
		assert.equal(await engine.run(io, 'restore', 'Anna', '--from', '/b', '--plan', '--json'), 0);
		assert.deepEqual(
			engine.calls.map(({ name }) => name),
			['preflightRestore'],
		);
		assert.equal((io.document['preflight'] as { ready: boolean }).ready, true);
		assert.equal(await cli([refusal]).run(new FakeIo(), 'restore', 'Anna', '--from', '/b', '--plan'), 4);
	});

	it('takes the password of the backup from the environment', async () => {
		const engine = cli([], 'S3cret!');
		const io = new FakeIo({ environment: { DEVICELAB_PASSWORD: 'S3cret!' } });
		assert.equal(await engine.run(io, 'restore', 'Anna', '--from', '/b', '--yes'), 0);
		assert.equal((engine.calls.at(-1)?.request as Asked).password, 'S3cret!');
		assert.doesNotMatch(io.stdout + io.stderr, /S3cret/);
	});

	it('asks for the password, and again when it was wrong', async () => {
		const engine = cli([], 'S3cret!');
		const io = new FakeIo({ tty: true, answers: ['wr0ng\r', 'S3cret!\r', 'y\r'] });
		assert.equal(await engine.run(io, 'restore', 'Anna', '--from', '/b'), 0);
		assert.doesNotMatch(io.stdout + io.stderr, /S3cret|wr0ng/);
		const four = new FakeIo({ tty: true, answers: ['a\r', 'b\r', 'c\r', 'd\r'] });
		assert.equal(await cli([], 'S3cret!').run(four, 'restore', 'Anna', '--from', '/b'), 4);
		assert.equal(four.stderr.match(/Password of the backup: /g)?.length, 3);
	});

	it('says what is missing where nobody can be asked', async () => {
		const missing = new FakeIo();
		assert.equal(await cli([], 'S3cret!').run(missing, 'restore', 'Anna', '--from', '/b', '--yes', '--json'), 4);
		assert.equal((missing.document['error'] as { code: string }).code, 'PASSWORD_REQUIRED');
		const mistaken = new FakeIo({ tty: true, environment: { DEVICELAB_PASSWORD: 'wr0ng' } });
		assert.equal(await cli([], 'S3cret!').run(mistaken, 'restore', 'Anna', '--from', '/b', '--yes'), 4);
		assert.match(mistaken.stderr, /not the password of this backup/);
	});
});
