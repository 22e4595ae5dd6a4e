import assert from 'node:assert/strict';
import { editor } from '../../support/fakeVscode.ts';
import { CommandBench, NOW_MS } from '../../support/commandBench.ts';
import { device, job, snapshot } from '../../support/fakeLab.ts';
import type {
	AppInfo,
	AppRollbackParams,
	AppRollbackPlan,
	AppRollbackResult,
	AppSnapshotResult,
	PreflightFinding,
} from '../../../src/contract/index.ts';

const { registerCommands } = await import('../../../src/commands/index.ts');

const UDID = 'udid-3';
const PROBE = 'com.example.probe';
const probe: AppInfo = {
	bundleId: PROBE,
	name: 'Probe',
	version: '1.2',
	build: '7',
	kind: 'user',
	signing: 'development',
	fileSharing: false,
	hasGroups: false,
};
const chat: AppInfo = { ...probe, bundleId: 'com.example.chat', name: 'Chat', signing: 'store' };
const signedIn = snapshot({
	id: 'signed-in-id',
	udid: UDID,
	kind: 'app',
	name: 'signed in',
	encrypted: false,
	sizeBytes: 12_000_000,
	fileCount: 40,
	app: { bundleId: PROBE, name: 'Probe', version: '1.2' },
});
const whole = snapshot({ id: 'whole-id', udid: UDID, name: 'clean', encrypted: false });

describe('commands for apps', () => {
	let bench: CommandBench;
	let findings: PreflightFinding[];
	let plan: Partial<AppRollbackPlan>;
	beforeEach(() => {
		bench = new CommandBench(registerCommands);
		findings = [];
		plan = {};
		bench.lab.change({ devices: [device({ udid: UDID })] });
		bench.lab.store([signedIn, whole], UDID);
		bench.engine.on('apps/list', () => [chat, probe]);
		bench.engine.on('apps/rollbackPlan', ({ udid, snapshot: id }: AppRollbackParams) => ({
			snapshot: bench.lab.snapshot(udid, id),
			udid,
			deviceName: 'Lab-3',
			app: probe,
			activity: 'not-running',
			writeFiles: 5,
			writeBytes: 50_000,
			removeItems: 2,
			sameFiles: 300,
			paths: ['Documents/a', 'Documents/b', 'Documents/c', 'Documents/d', 'Documents/e', 'Documents/f', 'Documents/g'],
			isKept: false,
			findings,
			gaps: ['keychain', 'permissions'],
			...plan,
		}));
		bench.engine.on('apps/rollBack', () => rolledBack());
		bench.engine.on('apps/snapshot', () => taken());
		bench.engine.on('apps/readPackage', () => ({ bundleId: PROBE, name: 'Probe', version: '2.0', build: '8', debuggable: true }));
		bench.engine.on('apps/install', () => ({
			udid: UDID,
			app: { ...probe, version: '2.0', build: '8' },
			before: { version: '1.2', build: '7' },
		}));
		bench.engine.on('snapshots/take', () => whole);
	});
	afterEach(() => bench.dispose());

	function rolledBack(differs: Partial<AppRollbackResult> = {}): AppRollbackResult {
		return {
			snapshot: signedIn,
			udid: UDID,
			writtenFiles: 5,
			writtenBytes: 50_000,
			removedItems: 2,
			sameFiles: 300,
			activity: 'not-running',
			proof: { verdict: 'verified', differences: [] },
			gaps: [],
			durationMs: 1,
			...differs,
		};
	}

	function taken(differs: Partial<AppSnapshotResult> = {}): AppSnapshotResult {
		return {
			snapshot: signedIn,
			unchanged: false,
			readFiles: 3,
			readBytes: 3,
			activity: 'not-running',
			unsteady: [],
			hidden: [],
			gaps: [],
			durationMs: 1,
			...differs,
		};
	}

	const press =
		(label: string) =>
		({ actions }: { actions: readonly string[] }) =>
			actions.find((action) => action === label);
	const asked = (method: string): readonly unknown[] => bench.engine.params(method);

	describe('Take App Snapshot', () => {
		it('asks for the app and a name, and says why a store app is none of them', async () => {
			editor.choose = () => ['Probe'];
			editor.type = () => ' before ';
			await bench.run('takeAppSnapshot', { udid: UDID });
			const rows = editor.lists[0]?.rows ?? [];
			assert.deepEqual(
				rows.map(({ label }) => label),
				['Probe', 'Not possible now', 'Chat'],
			);
			assert.match(rows[2]?.detail ?? '', /“Chat” is not signed for development/);
			assert.deepEqual(asked('apps/snapshot'), [{ udid: UDID, bundleId: PROBE, trigger: 'manual', name: 'before' }]);
			assert.deepEqual(editor.statusMessages.length, 1);
		});

		it('takes the app of the row, with no name where none is typed', async () => {
			editor.type = () => '';
			await bench.run('takeAppSnapshot', { udid: UDID, bundleId: PROBE });
			assert.deepEqual(editor.lists, []);
			assert.deepEqual(asked('apps/snapshot'), [{ udid: UDID, bundleId: PROBE, trigger: 'manual' }]);
		});

		it('refuses the row of a store app with the reason, and asks the device nothing more', async () => {
			await bench.run('takeAppSnapshot', { udid: UDID, bundleId: chat.bundleId });
			assert.match(bench.messages[0] ?? '', /not signed for development.*A backup of the whole device has it/);
			assert.deepEqual(asked('apps/snapshot'), []);
		});

		it('says when the app was in the middle of something', async () => {
			editor.type = () => '';
			bench.engine.on('apps/snapshot', () => taken({ activity: 'running' }));
			await bench.run('takeAppSnapshot', { udid: UDID, bundleId: PROBE });
			assert.match(bench.messages[0] ?? '', /is kept: .* in 40 files, of which 3 had changed\. The app was running/);
		});

		it('refuses while the device is at work', async () => {
			bench.lab.change({ jobs: [job({ udid: UDID, kind: 'app-rollback' })] });
			await bench.run('takeAppSnapshot', { udid: UDID, bundleId: PROBE });
			assert.match(bench.messages[0] ?? '', /is busy/);
		});
	});

	describe('Roll Back App', () => {
		it('shows the facts, and does nothing before a person has said yes', async () => {
			await bench.run('rollBackApp', { udid: UDID, snapshot: signedIn.id });
			const [modal] = editor.messages;
			assert.equal(modal?.text, 'Roll back the data of “Probe” on “Lab-3” to “signed in”?');
			assert.deepEqual(modal?.actions, ['Roll Back “Probe”', 'Roll Back Without Safety Snapshot']);
			const facts = modal?.detail?.split('\n') ?? [];
			assert.equal(facts[0], 'Device: “Lab-3” (udid-3)');
			assert.equal(facts[1], 'App: Probe · com.example.probe · 1.2');
			assert.ok(facts.includes('Files written: 5 (50.0 KB), removed because they came since: 2, left as they are: 300.'), modal?.detail);
			assert.ok(facts.includes('   … and 2 more'));
			assert.ok(facts.includes('Not part of it: keychain items, permissions.'));
			assert.deepEqual(asked('apps/rollBack'), []);
		});

		it('runs what was said yes to, bound by ids, and waits for a person who closes the app', async () => {
			findings = [{ code: 'APP_RUNNING', severity: 'warning', message: '', details: {} }];
			editor.answer = press('Roll Back “Probe”');
			await bench.run('rollBackApp', { udid: UDID, snapshot: signedIn.id });
			assert.match(editor.messages[0]?.detail ?? '', /⚠ “Probe” is running\. You are asked to close it/);
			assert.deepEqual(asked('apps/rollBack'), [{ udid: UDID, snapshot: signedIn.id, safety: true, whenRunning: 'wait' }]);
			assert.equal(
				bench.messages.at(-1),
				'“Probe” is back at “signed in”. Files written: 5, removed: 2. Verified: all its files are as they were.',
			);
		});

		it('offers to go without the safety snapshot, unless there is nothing to lose', async () => {
			editor.answer = press('Roll Back Without Safety Snapshot');
			await bench.run('rollBackApp', { udid: UDID, snapshot: signedIn.id });
			assert.equal((asked('apps/rollBack')[0] as AppRollbackParams).safety, false);
			plan = { isKept: true };
			editor.messages = [];
			await bench.run('rollBackApp', { udid: UDID, snapshot: signedIn.id });
			assert.deepEqual(editor.messages[0]?.actions, ['Roll Back “Probe”']);
			assert.match(editor.messages[0]?.detail ?? '', /nothing is lost/);
		});

		it('says a refusal with what helps, and looks again when asked to', async () => {
			findings = [{ code: 'DEVICE_FULL', severity: 'refusal', message: 'full', details: {} }];
			editor.answer = ({ actions }) => {
				findings = [];
				return actions.find((action) => action === 'Check Again');
			};
			await bench.run('rollBackApp', { udid: UDID, snapshot: signedIn.id });
			assert.equal(editor.messages[0]?.text, '“Probe” cannot be rolled back to “signed in” now.');
			assert.match(editor.messages[1]?.text ?? '', /^Roll back the data/);
		});

		it('is what Roll Back to Snapshot does with the snapshot of an app', async () => {
			editor.answer = press('Roll Back “Probe”');
			await bench.run('rollBack', { udid: UDID, snapshot: signedIn.id });
			assert.equal(asked('apps/rollBack').length, 1);
			assert.deepEqual(asked('rollback/plan'), []);
		});

		it('offers on the row of an app only what is of that app', async () => {
			const other = snapshot({ id: 'other', udid: UDID, kind: 'app', name: 'other', app: { bundleId: 'com.example.other' } });
			bench.lab.store([other, signedIn, whole], UDID);
			await bench.run('rollBackApp', { udid: UDID, bundleId: PROBE });
			assert.deepEqual(
				editor.lists[0]?.rows.map(({ label }) => label),
				['signed in'],
			);
			assert.match(editor.lists[0]?.rows[0]?.description ?? '', /^app Probe · /);
		});

		it('refuses the snapshot of a whole device, and names places that differ afterwards', async () => {
			await bench.run('rollBackApp', { udid: UDID, snapshot: whole.id });
			assert.deepEqual(bench.messages, ['It is a snapshot of the whole device, not of an app.']);
			bench.engine.on('apps/rollBack', () => rolledBack({ proof: { verdict: 'differs', differences: ['Documents/a'] } }));
			editor.answer = press('Roll Back “Probe”');
			await bench.run('rollBackApp', { udid: UDID, snapshot: signedIn.id });
			assert.match(bench.messages.at(-1) ?? '', /It differs in 1 place: Documents\/a/);
		});
	});

	describe('Install Dev Build', () => {
		it('offers the builds of the workspace, newest first, and what lies elsewhere', async () => {
			editor.files = new Map([
				['/workspace/old.ipa', NOW_MS - 7_200_000],
				['/workspace/build/Probe.app/Info.plist', NOW_MS - 60_000],
				['/workspace/build/Probe.app/PlugIns/Share.app/Info.plist', NOW_MS],
			]);
			editor.choose = () => ['Probe.app'];
			await bench.run('installBuild', { udid: UDID });
			assert.deepEqual(
				editor.lists[0]?.rows.map(({ label, description, detail }) => [label, description, detail]),
				[
					['Probe.app', 'build/Probe.app', '1 minute ago'],
					['old.ipa', 'old.ipa', '2 hours ago'],
					['Choose an .ipa File…', undefined, undefined],
					['Choose an .app Folder…', undefined, undefined],
				],
			);
			assert.deepEqual(asked('apps/install'), [{ udid: UDID, file: '/workspace/build/Probe.app' }]);
			assert.match(editor.statusMessages[0] ?? '', /“Probe” 2\.0 \(8\) is installed on “Lab-3”, in the place of 1\.2 \(7\)/);
		});

		it('takes a file from the dialog, and does nothing when none is chosen', async () => {
			editor.choose = () => ['Choose an .ipa File…'];
			await bench.run('installBuild', { udid: UDID });
			assert.deepEqual(asked('apps/install'), []);
			editor.folders = ['/elsewhere/Probe.ipa'];
			await bench.run('installBuild', { udid: UDID });
			assert.deepEqual(asked('apps/install'), [{ udid: UDID, file: '/elsewhere/Probe.ipa' }]);
		});
	});

	describe('Back Up, Then Install Dev Build', () => {
		const target = { udid: UDID, file: '/builds/Probe.ipa' };
		const order = (): string[] => bench.engine.asked.map(([method]) => method).filter((method) => /take|snapshot|install/.test(method));

		it('keeps the data of the app where that can be had and is wanted', async () => {
			editor.choose = () => ['The Data of “Probe”'];
			await bench.run('backUpAndInstall', target);
			assert.deepEqual(order(), ['apps/snapshot', 'apps/install']);
			assert.deepEqual(asked('apps/snapshot'), [
				{
					udid: UDID,
					bundleId: PROBE,
					trigger: 'before-deploy',
					note: 'Before the installation of “Probe” 2.0 (8).',
					onlyIfChanged: true,
				},
			]);
		});

		it('backs up the whole device where that is wanted, or where the app gives out nothing', async () => {
			editor.choose = () => ['The Whole Device'];
			await bench.run('backUpAndInstall', target);
			assert.deepEqual(order(), ['snapshots/take', 'apps/install']);
			bench.engine.asked.length = 0;
			editor.lists = [];
			bench.engine.on('apps/list', () => [chat]);
			await bench.run('backUpAndInstall', target);
			assert.deepEqual([order(), editor.lists], [['snapshots/take', 'apps/install'], []]);
		});

		it('installs nothing when the backup fails, or nobody says what is to be kept', async () => {
			await bench.run('backUpAndInstall', target);
			assert.deepEqual(order(), []);
			editor.choose = () => ['The Whole Device'];
			bench.engine.on('snapshots/take', () => {
				throw new Error('no');
			});
			await bench.run('backUpAndInstall', target);
			assert.deepEqual(order(), ['snapshots/take']);
			assert.ok(bench.messages.includes('“Lab-3” was not backed up, so nothing was installed on it.'));
		});
	});

	describe('Uninstall App', () => {
		beforeEach(() => void bench.engine.on('apps/uninstall', () => probe));

		it('says what is deleted and what stays, and does nothing before a yes', async () => {
			await bench.run('uninstallApp', { udid: UDID, bundleId: PROBE });
			assert.equal(editor.messages[0]?.text, 'Uninstall “Probe” from “Lab-3”?');
			assert.deepEqual(editor.messages[0]?.actions, ['Take App Snapshot, Then Uninstall', 'Uninstall “Probe”']);
			assert.match(editor.messages[0]?.detail ?? '', /Snapshots of its data that stay here: 1, the newest taken 2 hours ago/);
			assert.deepEqual(asked('apps/uninstall'), []);
		});

		it('keeps the data first where that is wanted, and stops when that fails', async () => {
			editor.answer = press('Take App Snapshot, Then Uninstall');
			await bench.run('uninstallApp', { udid: UDID, bundleId: PROBE });
			assert.deepEqual([asked('apps/snapshot').length, asked('apps/uninstall')], [1, [{ udid: UDID, bundleId: PROBE }]]);
			bench.engine.on('apps/snapshot', () => {
				throw new Error('no');
			});
			await bench.run('uninstallApp', { udid: UDID, bundleId: PROBE });
			assert.equal(asked('apps/uninstall').length, 1);
		});

		it('offers no snapshot of a store app', async () => {
			await bench.run('uninstallApp', { udid: UDID, bundleId: chat.bundleId });
			assert.deepEqual(editor.messages[0]?.actions, ['Uninstall “Chat”']);
		});
	});

	describe('Export and Import App Data', () => {
		it('writes a package into a folder, also when asked by Export', async () => {
			bench.engine.on('apps/export', () => ({ path: '/out/probe.xcappdata', fileCount: 1, sizeBytes: 1, altered: [{ path: 'a:b' }] }));
			editor.folders = ['/out'];
			await bench.run('exportAppData', { udid: UDID, snapshot: signedIn.id });
			await bench.run('exportSnapshot', { udid: UDID, snapshot: signedIn.id });
			assert.deepEqual(asked('apps/export'), Array(2).fill({ udid: UDID, snapshot: signedIn.id, to: '/out' }));
			assert.match(bench.messages[0] ?? '', /^Exported “signed in”, .* to \/out\/probe\.xcappdata\. Files that got another name .*: 1$/);
		});

		it('makes a snapshot of a package, and offers to name it and to go there', async () => {
			bench.engine.on('apps/import', () => signedIn);
			editor.folders = ['/in/probe.xcappdata'];
			await bench.run('importAppData', { udid: UDID });
			assert.deepEqual(asked('apps/import'), [{ udid: UDID, file: '/in/probe.xcappdata' }]);
			assert.deepEqual(editor.messages[0]?.actions, ['Name It…', 'Roll Back App…']);
		});
	});
});
