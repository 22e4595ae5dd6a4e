import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import { editor } from '../../../support/fakeVscode.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { settled } from '../../../support/eventually.ts';
import { device, FakeEngine, FakeLab, job, snapshot } from '../../../support/fakeLab.ts';
import type { AutomaticRules, AutomaticState, LeaseInfo } from '../../../../src/contract/index.ts';
import type { LabRow } from '../../../../src/views/tree/rows.ts';

const { DevicesTree } = await import('../../../../src/views/tree/devicesTree.ts');
const { DeviceApps } = await import('../../../../src/views/tree/deviceApps.ts');
const { DeviceFacts } = await import('../../../../src/views/tree/deviceFacts.ts');

const silent = { debug: () => {} } as unknown as vscode.LogOutputChannel;

/** A tree over a lab, as the editor uses it. */
function open(lab = new FakeLab(), engine = new FakeEngine()) {
	const clock = new FakeClock();
	const facts = new DeviceFacts(lab, engine, silent);
	const apps = new DeviceApps(lab, engine, silent);
	const tree = new DevicesTree(lab, facts, apps, clock);
	const fired: string[][] = [];
	tree.onDidChangeTreeData((rows) => fired.push(rows === undefined ? ['root'] : [rows].flat().map(({ id }) => id)));
	const children = async (row?: LabRow): Promise<LabRow[]> => {
		const rows = await tree.getChildren(row);
		rows.forEach((each) => tree.getTreeItem(each));
		return rows;
	};
	const item = (row: LabRow): vscode.TreeItem => tree.getTreeItem(row);
	/** Rows as a person sees them. */
	const text = (rows: readonly LabRow[]): string[] =>
		rows.map((row) => {
			const { label, description } = item(row);
			return description === '' || description === undefined ? (label as string) : `${label as string} | ${String(description)}`;
		});
	return { lab, engine, clock, facts, apps, tree, fired, children, item, text };
}

const noon = (day: string): string => `${day}T12:00:00.000Z`;

describe('devices tree', () => {
	beforeEach(() => editor.reset());

	it('shows a device by its name, with what it is', async () => {
		const { lab, children, item } = open();
		lab.change({ devices: [device()] });
		const [row] = await children();
		assert.ok(row);
		const { label, description, contextValue, accessibilityInformation, id } = item(row);
		assert.deepEqual(
			{ label, description, contextValue, spoken: accessibilityInformation?.label, id },
			{
				label: 'Lab-3',
				description: 'iPhone 15 Pro · iOS 17.5.1 · USB · 82 % charging · encrypted',
				contextValue: 'device;attached;paired;usb;encryptionOn;cloudUnknown;idle',
				spoken: 'Device Lab-3, iPhone 15 Pro, iOS 17.5.1. Attached over USB. Battery 82 %, charging. Its backups are encrypted.',
				id: 'attached/00008120-0000000000000001',
			},
		);
	});

	it('tells phones of one name apart by the ends of their UDIDs, and calls one without a name a device once', async () => {
		const { lab, children, item } = open();
		const names: readonly (readonly [udid: string, name: string])[] = [
			['udid-AAAAAA', 'iPhone'],
			['udid-BBBBBB', 'iPhone'],
			['udid-CCCCCC', ' \u202e'],
		];
		lab.change({ devices: names.map(([udid, name]) => device({ udid, name })) });
		const rows = (await children()).map(item);
		assert.deepEqual(
			rows.map(({ label, description, accessibilityInformation }) => [
				label,
				String(description).split(' · ')[0],
				accessibilityInformation?.label.split(', ')[0],
			]),
			[
				['iPhone', '…AAAAAA', 'Device iPhone …AAAAAA'],
				['iPhone', '…BBBBBB', 'Device iPhone …BBBBBB'],
				['Device …CCCCCC', 'iPhone 15 Pro', 'Device …CCCCCC'],
			],
		);
	});

	it('says first what a device does, waits for, or lacks', async () => {
		const check = async (differs: Parameters<FakeLab['change']>[0], description: RegExp, words: RegExp, icon: string): Promise<void> => {
			const { lab, children, item } = open();
			lab.change({ devices: [device()], ...differs });
			const [row] = await children();
			assert.ok(row);
			const shown = item(row);
			assert.match(String(shown.description), description);
			assert.match(shown.contextValue ?? '', words);
			assert.equal((shown.iconPath as vscode.ThemeIcon).id, icon);
		};
		const transferring = job({ phase: 'transferring', percent: 34.9, transferredBytes: 3.1e9, expectedBytes: 9e9 });
		await check({ jobs: [transferring] }, /^Backup: transferring 3\.1 of ~9\.0 GB · 34 % · iPhone/, /;busy$/, 'sync~spin');
		await check({ jobs: [job({ waitsFor: 'passcode' })] }, /^enter the passcode on it · Backup · iPhone/, /;busy$/, 'bell-dot');
		await check({ jobs: [job({ cancelling: true })] }, /^Backup: cancelling · /, /;cancelling$/, 'sync~spin');
		await check({ devices: [device({ trust: 'not-paired' })] }, /^not paired · /, /;notPaired;/, 'unverified');
		await check({ devices: [device({ trust: 'stale' })] }, /^no longer trusts/, /;stalePairing;/, 'unverified');
		await check({ devices: [device({ locked: true })] }, /^locked · /, /;idle$/, 'device-mobile');
		const lease = { kind: 'backup', udid: device().udid, holder: 'devicelab (process 812)', own: false, since: noon('2026-01-02') };
		await check({ leases: [lease] }, /^being backed up by devicelab \(process 812\) · /, /;leased$/, 'sync~spin');
		const by = (program: LeaseInfo['program']) => ({ leases: [{ ...lease, holder: 'process 812 on desk-3', program }] });
		await check(by('editor'), /^being backed up by an editor window \(process 812 on desk-3\) · /, /;leased$/, 'sync~spin');
		await check(by('command-line'), /^being backed up by the command line \(process 812/, /;leased$/, 'sync~spin');
		await check(by('automatic'), /^being backed up automatically by process 812 on desk-3 · /, /;leased$/, 'sync~spin');
		await check({ leases: [{ ...lease, kind: 'read' }] }, /^iPhone/, /;idle$/, 'device-mobile');
		await check({ leases: [{ ...lease, own: true }] }, /^iPhone/, /;idle$/, 'device-mobile');
	});

	it('keeps the row of a phone that is away while its job runs, and shows work on the store before devices', async () => {
		const { lab, children, text } = open();
		lab.change({ jobs: [job({ kind: 'rollback', phase: 'restarting' }), job({ id: 'job-2', kind: 'verify', udid: undefined })] });
		assert.deepEqual(text(await children()), ['Verification', '000001 | Roll-back: restarting · away while it restarts']);
	});

	it('shows below a device where it stands, its job, its snapshots, and what it says of backups', async () => {
		const engine = new FakeEngine({
			'cloudBackup/status': { cloudBackup: 'on', lastBackupAt: '2026-01-01T02:00:00.000Z' },
			'encryption/status': { encryption: 'on', required: 'on' },
		});
		const { lab, children, text } = open(new FakeLab(), engine);
		lab.change({ devices: [device()], jobs: [job({ phase: 'preparing', snapshotName: 'before 2.0' })] });
		lab.store([
			snapshot({ id: 'c', parent: 'a', name: 'clean', isHead: true, pinned: true, takenAt: noon('2026-01-01') }),
			snapshot({ id: 'b', parent: 'a', takenAt: noon('2025-12-31'), trigger: 'safety', encrypted: false, damagedAt: noon('2026-01-01') }),
			snapshot({ id: 'a', takenAt: noon('2025-12-30'), verifiedAt: noon('2026-01-01'), sizeBytes: 2e9 }),
		]);
		const [row] = await children();
		await children(row);
		await settled();
		assert.deepEqual(
			text(await children(row)).map((line) => line.replace(/, \d+:\d\d [AP]M/g, '')),
			[
				'Now | may have changed since “clean”',
				'Backup | preparing · before 2.0',
				'clean | you are here · Yesterday · 3.1 GB · encrypted · pinned',
				'Dec 31, 2025 | 3.1 GB · damaged · safety snapshot · other branch',
				'Dec 30, 2025 | 2.0 GB · encrypted · verified',
				'Apps',
				'iCloud Backup | unknown',
				'Backup encryption | on',
				'Automatic backup | off',
			],
		);
		assert.deepEqual(engine.asked, [], 'a busy device is not asked');
		lab.change({ jobs: [] });
		await children(row);
		await settled();
		assert.deepEqual(
			text((await children(row)).slice(-3, -1)).map((line) => line.replace(/, \d+:\d\d [AP]M/g, '')),
			['iCloud Backup | on · last Yesterday', 'Backup encryption | on · required by its organisation'],
		);
		assert.equal(engine.asked.length, 2, 'it is asked once');
	});

	it('says when a device is backed up automatically, or why it waits', async () => {
		const { lab, children, item, fired } = open();
		lab.change({ devices: [device()] });
		const [row] = await children();
		const automatic = (await children(row)).at(-1);
		assert.ok(automatic !== undefined);
		const rules: AutomaticRules = {
			mode: 'both',
			window: '22:00-06:00',
			everyHours: 12,
			minBatteryPercent: 40,
			onlyWhenCharging: false,
			overWifi: false,
		};
		const check = (state: Omit<AutomaticState, 'udid'> | undefined, description: string, icon = 'calendar'): void => {
			lab.change({ automatic: { rules, devices: state === undefined ? [] : [{ udid: device().udid, ...state }] } });
			const shown = item(automatic);
			assert.deepEqual(
				[shown.id, shown.label, String(shown.description).replace(/, \d+:\d\d [AP]M/g, ''), (shown.iconPath as vscode.ThemeIcon).id],
				[`automatic/${device().udid}`, 'Automatic backup', description, icon],
			);
			assert.equal(shown.contextValue, 'automatic;automaticOn');
		};
		const [until, lastSnapshotAt] = [noon('2026-01-03'), noon('2026-01-01')];
		check(undefined, 'on');
		check({ reason: 'backing-up' }, 'on · backing up now', 'sync~spin');
		check({ reason: 'queued' }, 'on · next, when others are done');
		check({ reason: 'fresh', until, lastSnapshotAt }, 'on · backed up Yesterday · next: Tomorrow');
		assert.match(
			item(automatic).accessibilityInformation?.label ?? '',
			/^Automatic backup: on · backed up Yesterday.* next: Tomorrow.*\. It was last backed up 15 hours ago\.$/,
		);
		check({ reason: 'fresh', lastSnapshotAt }, 'on · backed up Yesterday · next when it is attached again');
		check({ reason: 'outside-window', until }, 'on · next: Tomorrow');
		check({ reason: 'locked' }, 'on · waits until it is unlocked');
		check({ reason: 'not-charging' }, 'on · waits until it is charging');
		check({ reason: 'battery-low' }, 'on · waits until its battery is at 40 %');
		check({ reason: 'failed', until }, 'on · the last one failed · next: Tomorrow', 'warning');
		fired.length = 0;
		lab.change({ automatic: { devices: [] } });
		assert.equal(item(automatic).description, 'off');
	});

	it('says that a device has changed only where that is certain', async () => {
		const { lab, children, text } = open();
		lab.change({ devices: [device({ iosVersion: '17.6' })] });
		const [row] = await children();
		assert.deepEqual(text((await children(row)).slice(0, 1)), ['Now | not backed up here yet']);
		lab.store([snapshot({ isHead: true, name: 'clean' })]);
		assert.deepEqual(text((await children(row)).slice(0, 1)), ['Now | changed since “clean”: now iOS 17.6']);
	});

	it('folds what is older than fifty snapshots by month', async () => {
		const { lab, children, text } = open();
		lab.change({ devices: [device({ trust: 'not-paired' })] });
		const at = (index: number): string => new Date(Date.UTC(2026, 0, 1) - index * 86_400_000).toISOString();
		lab.store(Array.from({ length: 120 }, (_, index) => snapshot({ id: `s${index}`, takenAt: at(index) })));
		const [row] = await children();
		const below = await children(row);
		assert.equal(below.length, 1 + 50 + 3);
		assert.deepEqual(text(below.slice(51)), [
			'Older: November 2025 | 12 snapshots',
			'Older: October 2025 | 31 snapshots',
			'Older: September 2025 | 27 snapshots',
		]);
		assert.deepEqual(
			(await children(below[51])).map(({ snapshot: id }) => id),
			Array.from({ length: 12 }, (_, index) => `s${50 + index}`),
		);
	});

	it('tells the editor only of rows that look different, and gives it the same objects again', async () => {
		const { lab, clock, fired, children, tree } = open();
		lab.change({ devices: [device(), device({ udid: 'B', name: 'Lab-4' })] });
		const rows = await children();
		await children(rows[0]);
		clock.advance(1000);
		fired.length = 0;
		lab.change({ devices: [device(), device({ udid: 'B', name: 'Lab-4', batteryPercent: 81 })] });
		assert.deepEqual(fired, [['attached/B']]);
		lab.change();
		clock.advance(1000);
		assert.equal(fired.length, 1, 'nothing looks different');
		lab.change({ devices: [device()] });
		clock.advance(1000);
		assert.deepEqual(fired[1], ['root']);
		assert.equal((await children())[0], rows[0]);
		const [now] = await children(rows[0]);
		assert.ok(now);
		assert.equal(tree.getParent(now), rows[0]);
	});

	it('changes less often than the editor gathers changes, and still shows the last one', async () => {
		const { lab, clock, fired, children, text } = open();
		lab.change({ devices: [device()], jobs: [job({ percent: 0 })] });
		const rows = await children();
		clock.advance(1000);
		fired.length = 0;
		for (let percent = 1; percent <= 20; percent++) {
			lab.change({ jobs: [job({ percent })] });
			clock.advance(100);
		}
		clock.advance(300);
		assert.ok(fired.length >= 5 && fired.length <= 8, `${fired.length} times in 2 s`);
		assert.match(text(rows)[0] ?? '', /20 %/);
	});

	it('shows a hostile name as a name, and no link in its tooltip', async () => {
		const name = `</script><img src=x>[x](command:evil)\n\u202e${'x'.repeat(10_240)}`;
		const { lab, children, item, tree } = open();
		lab.change({ devices: [device({ name })] });
		const [row] = await children();
		assert.ok(row);
		const shown = item(row);
		assert.match(shown.label as string, /^<\/script><img src=x>\[x\]\(command:evil\) x{30,50}…$/);
		const tooltip = tree.resolveTreeItem(shown, row).tooltip as vscode.MarkdownString;
		assert.doesNotMatch(tooltip.value, /<|\]\(|command:/);
		assert.ok(tooltip.value.length < 3000);
		assert.equal(tooltip.isTrusted, false);
	});

	it('releases everything', () => {
		const { facts, apps, tree } = open();
		tree.dispose();
		facts.dispose();
		apps.dispose();
		assert.equal(editor.held, 0);
	});
});
