import assert from 'node:assert/strict';
import { editor } from '../../support/fakeVscode.ts';
import { CommandBench, NOW_MS, subject } from '../../support/commandBench.ts';
import { device, snapshot } from '../../support/fakeLab.ts';
import type { PreflightFinding, RollbackParams, RollbackResult } from '../../../src/contract/index.ts';

const { registerCommands } = await import('../../../src/commands/index.ts');

const UDID = 'udid-3';
const clean = snapshot({ id: 'clean-id', udid: UDID, name: 'clean', encrypted: false, note: 'before the tests' });
const locked = snapshot({ id: 'locked-id', udid: UDID, name: 'locked', encrypted: true });
const recent = snapshot({ id: 'recent-id', udid: UDID, encrypted: false, takenAt: new Date(NOW_MS - 3_600_000).toISOString() });

const safely = 'Roll Back “Lab-3”';
const unsafely = 'Roll Back Without Safety Snapshot';

describe('Roll Back to Snapshot', () => {
	let bench: CommandBench;
	let findings: PreflightFinding[];
	beforeEach(() => {
		bench = new CommandBench(registerCommands);
		findings = [];
		bench.lab.change({ devices: [device({ udid: UDID }), device({ udid: 'udid-4', name: 'Lab-4' })] });
		bench.lab.store([recent, clean, locked], UDID);
		bench.engine.on('rollback/plan', ({ udid, source, snapshot: id }: RollbackParams) => ({
			snapshot: bench.lab.snapshot(source ?? udid, id),
			udid,
			deviceName: 'Lab-3',
			findings,
			steps: [],
		}));
		bench.engine.on('rollback/run', (): RollbackResult => result());
		bench.engine.on('snapshots/checkPassword', ({ password }: { password: string }) => ({ correct: password === 'right' }));
	});
	afterEach(() => bench.dispose());

	function result(differs: Partial<RollbackResult> = {}): RollbackResult {
		return {
			udid: UDID,
			transferredBytes: 1,
			transferredFiles: 1,
			durationMs: 1,
			restart: 'restarted',
			snapshot: clean,
			proof: { verdict: 'verified', differences: [] },
			...differs,
		};
	}

	function ran(): RollbackParams[] {
		return bench.engine.params('rollback/run') as RollbackParams[];
	}

	it('does nothing before a person has said yes to the facts', async () => {
		await bench.run('rollBack', { udid: UDID, snapshot: 'clean-id' });
		assert.deepEqual(ran(), []);
		const [modal] = editor.messages;
		assert.equal(modal?.severity, 'warning');
		assert.equal(modal?.text, 'Roll back “Lab-3” to “clean”?');
		assert.deepEqual(modal?.actions, [safely, unsafely, 'Options…']);
		const facts = modal?.detail?.split('\n') ?? [];
		assert.equal(facts[0], 'Device: “Lab-3” (udid-3)');
		assert.match(facts[1] ?? '', /^Snapshot: “clean” · .+ · iOS 17\.5\.1 · 3\.1 GB · not encrypted$/);
		assert.equal(facts[2], 'Note: before the tests');
		assert.match(modal?.detail ?? '', /A safety snapshot is taken first/);
		assert.match(modal?.detail ?? '', /Not in this one, because it is not encrypted: saved passwords, Health/);
		assert.match(modal?.detail ?? '', /restarts, and has to be unlocked once/);
	});

	it('runs what was said yes to, bound by ids', async () => {
		editor.answer = ({ actions }) => actions.find((action) => action === safely);
		await bench.run('rollBack', { udid: UDID, snapshot: 'clean-id' });
		assert.equal(ran().length, 1);
		assert.deepEqual([ran()[0]?.udid, ran()[0]?.snapshot, ran()[0]?.safety, ran()[0]?.password], [UDID, 'clean-id', true, undefined]);
		assert.match(bench.messages.at(-1) ?? '', /“Lab-3” is back at “clean”\. Verified/);
	});

	it('offers to go without the safety snapshot, and the reverse where the settings take none', async () => {
		editor.answer = ({ actions }) => actions.find((action) => action === unsafely);
		await bench.run('rollBack', { udid: UDID, snapshot: 'clean-id' });
		assert.equal(ran()[0]?.safety, false);
		editor.settings.set('deviceLab.rollBack.safetySnapshot', false);
		editor.messages = [];
		editor.answer = ({ actions }) => actions.find((action) => action === safely);
		await bench.run('rollBack', { udid: UDID, snapshot: 'clean-id' });
		assert.equal(ran()[1]?.safety, false);
		assert.deepEqual(editor.messages[0]?.actions, [safely, 'Roll Back With Safety Snapshot', 'Options…']);
		assert.match(editor.messages[0]?.detail ?? '', /What changed since its last snapshot, the snapshot of .+ \(1 hour ago\), is lost/);
	});

	it('says a refusal with what helps, and looks again when asked to', async () => {
		findings = [{ code: 'FIND_MY_ON', severity: 'refusal', message: 'Find My is on.', details: {} }];
		editor.answer = ({ actions }) => {
			findings = [];
			return actions.find((action) => action === 'Check Again');
		};
		await bench.run('rollBack', { udid: UDID, snapshot: 'clean-id' });
		assert.equal(editor.messages[0]?.text, '“Lab-3” cannot be rolled back to “clean” now.');
		assert.match(editor.messages[0]?.detail ?? '', /^• .*Find My.*turn it off/s);
		assert.equal(bench.messages[1], 'Roll back “Lab-3” to “clean”?');
		assert.deepEqual(ran(), []);
	});

	it('shows warnings among the facts', async () => {
		findings = [{ code: 'MAY_RESET_MORE', severity: 'warning', message: '', details: {} }];
		await bench.run('rollBack', { udid: UDID, snapshot: 'clean-id' });
		assert.match(editor.messages[0]?.detail ?? '', /⚠ This version of iOS is reported to reset more/);
	});

	it('asks for the password of an encrypted snapshot until it is right, before the device is asked anything', async () => {
		const typed = ['wrong', 'right'];
		editor.type = () => typed.shift();
		editor.answer = ({ actions }) => actions.find((action) => action === safely);
		await bench.run('rollBack', { udid: UDID, snapshot: 'locked-id' });
		assert.deepEqual(
			editor.inputs.map(({ password, refusal }) => [password, refusal?.slice(0, 24)]),
			[
				[true, undefined],
				[true, 'This is not its password'],
			],
		);
		assert.deepEqual(
			bench.engine.asked.map(([method]) => method),
			['snapshots/checkPassword', 'snapshots/checkPassword', 'rollback/plan', 'rollback/run'],
		);
		assert.equal(ran()[0]?.password, 'right');
		assert.deepEqual([...bench.passwords.kept], [[subject(UDID), 'right']]);
	});

	it('does not remember a password that is not to be remembered', async () => {
		editor.type = ({ pressButton }) => {
			pressButton();
			return 'right';
		};
		await bench.run('rollBack', { udid: UDID, snapshot: 'locked-id' });
		assert.deepEqual([...bench.passwords.kept], []);
	});

	it('uses the remembered password, and forgets the own one of a snapshot that it does not open', async () => {
		bench.passwords.kept.set(subject(UDID, 'locked-id'), 'right');
		await bench.run('rollBack', { udid: UDID, snapshot: 'locked-id' });
		assert.deepEqual(editor.inputs, []);
		bench.passwords.kept.set(subject(UDID, 'locked-id'), 'wrong');
		await bench.run('rollBack', { udid: UDID, snapshot: 'locked-id' });
		assert.equal(editor.inputs.length, 1);
		assert.deepEqual([...bench.passwords.kept], []);
	});

	it('is silent when the password is not given', async () => {
		await bench.run('rollBack', { udid: UDID, snapshot: 'locked-id' });
		assert.deepEqual([bench.messages, bench.engine.asked], [[], []]);
	});

	it('changes options before it asks again', async () => {
		editor.choose = () => ['Keep the camera roll', 'Restart the device'];
		editor.answer = ({ text, actions }) =>
			text.startsWith('Roll back') ? actions.find((action) => action === (editor.lists.length === 0 ? 'Options…' : safely)) : undefined;
		await bench.run('rollBack', { udid: UDID, snapshot: 'clean-id' });
		assert.match(editor.messages[1]?.detail ?? '', /Options: Not: Restore system files, Keep the camera roll, Not: Download apps again/);
		assert.deepEqual(ran()[0]?.choices, {
			keepSettings: false,
			systemFiles: false,
			removeOthers: false,
			keepCameraRoll: true,
			reboot: true,
			copyFirst: false,
			reinstallApps: false,
		});
	});

	it('names the places that differ, and shows all of them', async () => {
		const differences = ['a', 'b', 'c', 'd'].map((name) => `place ${name}`);
		bench.engine.on('rollback/run', () => result({ proof: { verdict: 'differs', differences } }));
		editor.answer = ({ actions }) => actions.find((action) => action === safely || action === 'Show Differences');
		await bench.run('rollBack', { udid: UDID, snapshot: 'clean-id' });
		assert.match(bench.messages.at(-1) ?? '', /It differs in 4 places: place a, place b, place c …$/);
		await new Promise(setImmediate);
		assert.match(editor.documents[0]?.text ?? '', /place d/);
	});

	it('refuses a device that is not attached, before it asks anything', async () => {
		bench.lab.change({ devices: [] });
		await bench.run('rollBack', { udid: UDID, snapshot: 'clean-id' });
		assert.deepEqual(bench.messages, ['“Lab-3” is not attached. Plug it in and unlock it.']);
	});

	it('asks for the snapshot from the row of a device, the newest first', async () => {
		await bench.run('rollBack', { udid: UDID });
		assert.deepEqual(
			editor.lists[0]?.rows.map(({ label }) => label),
			['Today, ' + timeOf(recent.takenAt), 'clean', 'locked'],
		);
	});

	it('asks each of several devices for its snapshot, the one under the pointer first', async () => {
		bench.lab.store(
			[snapshot({ id: 'other-id', udid: 'udid-4', encrypted: false }), snapshot({ id: 'older-id', udid: 'udid-4' })],
			'udid-4',
		);
		editor.choose = ({ rows }) => [rows[0]?.label ?? ''];
		editor.answer = ({ actions }) => actions[0];
		await bench.run('rollBack', { udid: 'udid-4' }, [{ udid: UDID }, { udid: 'udid-4' }]);
		assert.deepEqual(
			editor.lists.map(({ title }) => title),
			['Roll Back “Lab-4”', 'Roll Back “Lab-3”'],
		);
		assert.deepEqual(
			ran().map(({ udid, snapshot: id }) => [udid, id]),
			[
				['udid-4', 'other-id'],
				[UDID, 'recent-id'],
			],
		);
	});

	it('asks for the device first from the palette', async () => {
		bench.lab.store([snapshot({ udid: 'udid-4', id: 'other' })], 'udid-4');
		editor.choose = ({ placeHolder }) => (placeHolder?.startsWith('Choose a device') === true ? ['Lab-4'] : undefined);
		await bench.run('rollBack');
		assert.deepEqual(
			editor.lists.map(({ placeHolder }) => placeHolder),
			['Choose a device', 'The state to bring the device back to'],
		);
	});

	it('goes to the only baseline without a question, and asks among several', async () => {
		bench.lab.store([recent, clean], UDID);
		await bench.run('rollBackToBaseline', { udid: UDID });
		assert.deepEqual([editor.lists.length, bench.messages.length], [0, 1]);
		bench.lab.store([recent, clean, locked], UDID);
		await bench.run('rollBackToBaseline', { udid: UDID });
		assert.deepEqual(
			editor.lists[0]?.rows.map(({ label }) => label),
			['clean', 'locked'],
		);
	});

	it('confirms each of several devices, and then runs all', async () => {
		bench.lab.store([snapshot({ udid: 'udid-4', id: 'other', name: 'other', encrypted: false })], 'udid-4');
		editor.answer = ({ actions }) => actions.find((action) => action === safely || action === 'Roll Back “Lab-4”');
		const rows = [
			{ udid: UDID, snapshot: 'clean-id' },
			{ udid: 'udid-4', snapshot: 'other' },
		];
		await bench.run('rollBack', rows[0], rows);
		assert.deepEqual(
			ran().map(({ udid, snapshot: id }) => [udid, id]),
			[
				[UDID, 'clean-id'],
				['udid-4', 'other'],
			],
		);
	});

	it('brings several devices back to the baseline that has the same name on each', async () => {
		bench.lab.store([snapshot({ udid: 'udid-4', id: 'other', name: 'Clean', encrypted: false })], 'udid-4');
		editor.choose = () => ['clean'];
		editor.answer = ({ actions }) => actions.find((action) => action === safely || action === 'Roll Back “Lab-4”');
		await bench.run('rollBackToBaseline', { udid: UDID }, [{ udid: UDID }, { udid: 'udid-4' }]);
		assert.deepEqual(
			editor.lists[0]?.rows.map(({ label, description, detail }) => [label, description, detail]),
			[
				['clean', 'on all 2 devices', 'Lab-3 · Lab-4'],
				['locked', 'on 1 of 2 devices', 'Lab-3'],
			],
		);
		assert.deepEqual(
			ran().map(({ udid, snapshot: id }) => [udid, id]),
			[
				[UDID, 'clean-id'],
				['udid-4', 'other'],
			],
		);
	});

	it('restores onto another device with the snapshot named by its own', async () => {
		editor.choose = () => ['Lab-4'];
		editor.answer = ({ actions }) => actions.find((action) => action === 'Roll Back “Lab-4”');
		await bench.run('restoreOntoOther', { udid: UDID, snapshot: 'clean-id' });
		assert.match(editor.lists[0]?.rows.at(-1)?.detail ?? '', /The snapshot is of this device/);
		assert.deepEqual([ran()[0]?.udid, ran()[0]?.source, ran()[0]?.snapshot], ['udid-4', UDID, 'clean-id']);
	});

	it('says so when the snapshot is gone', async () => {
		await bench.run('rollBack', { udid: UDID, snapshot: 'never-was' });
		assert.deepEqual(bench.messages, ['This snapshot is no longer there.']);
	});
});

function timeOf(iso: string): string {
	return new Intl.DateTimeFormat('en', { timeStyle: 'short' }).format(new Date(iso));
}
