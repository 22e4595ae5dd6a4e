import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { commandIds, contextKeys, settingIds, viewIds } from '../../../src/contributions.ts';
import type { AppInfo } from '../../../src/contract/index.ts';
import type { AppView } from '../../../src/views/tree/appItem.ts';
import { device, FakeLab, job, snapshot } from '../../support/fakeLab.ts';
import { editor } from '../../support/fakeVscode.ts';

const { deviceItem, deviceView } = await import('../../../src/views/tree/deviceItem.ts');
const { snapshotItem } = await import('../../../src/views/tree/snapshotItem.ts');
const { backupItem, cloudBackupItem, encryptionItem, jobItem, nowItem } = await import('../../../src/views/tree/otherItems.ts');
const { appItem, appsItem } = await import('../../../src/views/tree/appItem.ts');
const { rowColors } = await import('../../../src/views/tree/item.ts');
const { selectionCommands } = await import('../../../src/views/labViews.ts');

interface MenuEntry {
	readonly command: string;
	readonly when?: string;
	readonly group?: string;
}

interface Manifest {
	readonly contributes: {
		readonly commands: readonly { readonly command: string; readonly icon?: string }[];
		readonly menus: Readonly<Record<string, readonly MenuEntry[]>>;
		readonly keybindings: readonly {
			readonly command: string;
			readonly when: string;
			readonly key: string;
			readonly args?: { readonly commands: readonly string[] };
		}[];
		readonly views: Readonly<Record<string, readonly { readonly id: string; readonly icon: string }[]>>;
		readonly viewsContainers: { readonly activitybar: readonly { readonly id: string; readonly icon: string }[] };
		readonly viewsWelcome: readonly { readonly view: string; readonly contents: string; readonly when: string }[];
		readonly colors: readonly { readonly id: string }[];
		readonly configuration: { readonly properties: Readonly<Record<string, { readonly default: unknown; readonly scope: string }>> };
		readonly walkthroughs: readonly {
			readonly steps: readonly {
				readonly id: string;
				readonly media: { readonly svg: string };
				readonly completionEvents: readonly string[];
			}[];
		}[];
	};
	readonly capabilities: { readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] } };
}

const root = path.resolve(import.meta.dirname, '../../..');
const read = (name: string): string => readFileSync(path.join(root, name), 'utf8');
const text = read('package.json');
const { contributes, capabilities } = JSON.parse(text) as Manifest;
const titles = JSON.parse(read('package.nls.json')) as Readonly<Record<string, string>>;

/** The commands that a row offers in a place of its menu, in order. */
function offered(words: string, place: 'inline' | 'menu'): string[] {
	return (contributes.menus['view/item/context'] ?? [])
		.filter(({ group = '' }) => group.startsWith('inline') === (place === 'inline'))
		.filter(({ when = '' }) => {
			const pattern = /viewItem =~ \/(.*?)\/( &&|$)/.exec(when)?.[1];
			assert.ok(pattern !== undefined, when);
			return new RegExp(pattern).test(words);
		})
		.sort((a, b) => (a.group ?? '').localeCompare(b.group ?? ''))
		.map(({ command }) => command.replace('deviceLab.', ''));
}

describe('contributions of views', () => {
	it('have a title for each key, and no title that nothing uses', () => {
		const used = [...text.matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key ?? '');
		assert.deepEqual([...new Set(used)].sort(), Object.keys(titles).sort());
	});

	it('name commands, views, settings and context keys that exist', () => {
		const commands = new Set<string>([...Object.values(commandIds), ...Object.values(selectionCommands)]);
		const named = [
			...Object.values(contributes.menus).flat(),
			...contributes.keybindings.flatMap(({ command, args }) =>
				args === undefined ? [{ command }] : args.commands.map((each) => ({ command: each })),
			),
			...contributes.walkthroughs.flatMap(({ steps }) =>
				steps.flatMap(({ completionEvents }) =>
					completionEvents
						.filter((event) => event.startsWith('onCommand:'))
						.map((event) => ({ command: event.slice('onCommand:'.length) })),
				),
			),
			...Object.values(titles).flatMap((title) =>
				[...title.matchAll(/\(command:([\w.]+)/g)].map(([, command]) => ({ command: command ?? '' })),
			),
		];
		const editorOwn = /^workbench\.|^list\.select$|^deviceLab\.devices\.focus$/;
		assert.deepEqual(
			named.filter(({ command }) => !commands.has(command) && !editorOwn.test(command)),
			[],
		);
		const views: readonly string[] = Object.values(viewIds);
		assert.deepEqual(contributes.views['deviceLab']?.map(({ id }) => id).sort(), [...views].sort());
		assert.deepEqual(Object.keys(contributes.configuration.properties).sort(), Object.values(settingIds).sort());
		const clauses = [...Object.values(contributes.menus).flat(), ...contributes.keybindings, ...contributes.viewsWelcome].map(
			({ when = '' }) => when,
		);
		const known = new Set<string>([...Object.values(contextKeys), ...views]);
		const keys = clauses.flatMap((when) => [...when.replace(/\/.*?\/( |$)/g, ' ').matchAll(/deviceLab\.[\w.]+/g)].map(([key]) => key));
		assert.deepEqual(
			keys.filter((key) => !known.has(key) && key !== 'deviceLab.timeline'),
			[],
		);
		assert.deepEqual(contributes.colors.map(({ id }) => id).sort(), Object.values(rowColors).sort());
	});

	it('have keys of the trees that act on the row that has the keyboard, which arrows do not select', () => {
		for (const [name, key] of [
			['name', 'f2'],
			['delete', 'delete'],
		]) {
			const own = contributes.keybindings.filter((binding) => binding.key === key && binding.when.includes('focusedView'));
			assert.deepEqual(
				own.map(({ command, args, when }) => [args?.commands ?? [command], /!?listMultiSelection/.exec(when)?.[0]]),
				[
					[['list.select', `_deviceLab.selection.${name}`], '!listMultiSelection'],
					[[`_deviceLab.selection.${name}`], 'listMultiSelection'],
				],
			);
		}
	});

	it('restrict what a folder could set to its own good', () => {
		const machine = Object.entries(contributes.configuration.properties).filter(([, { scope }]) => scope.startsWith('machine'));
		assert.deepEqual([...capabilities.untrustedWorkspaces.restrictedConfigurations].sort(), machine.map(([id]) => id).sort());
	});

	it('have pictures that exist and take the colours of the theme, and icons in one colour', () => {
		for (const { media } of contributes.walkthroughs.flatMap(({ steps }) => steps)) {
			assert.match(read(media.svg), /var\(--vscode-/);
		}
		for (const { icon } of [...contributes.viewsContainers.activitybar, ...Object.values(contributes.views).flat()]) {
			if (!icon.startsWith('$(')) {
				assert.ok(existsSync(path.join(root, icon)));
				assert.deepEqual([...new Set(read(icon).match(/#[0-9a-f]{3,6}/g))], ['#fff']);
			}
		}
		const withIcon = new Set(contributes.commands.filter(({ icon }) => icon !== undefined).map(({ command }) => command));
		const needIcon = Object.values(contributes.menus)
			.flat()
			.filter(({ group = '' }) => /^(inline|navigation)/.test(group))
			.map(({ command }) => command);
		assert.deepEqual(
			needIcon.filter((command) => !withIcon.has(command)),
			[],
		);
	});
});

describe('menus of rows', () => {
	beforeEach(() => editor.reset());

	const words = (differs: Parameters<FakeLab['change']>[0], required = false): string => {
		const lab = new FakeLab();
		lab.store([snapshot({ name: 'clean' })]);
		lab.change({ devices: [device()], ...differs });
		const fact = required ? { encryption: { encryption: 'on', required: 'on' } as const } : {};
		return deviceItem(deviceView(lab, device().udid, fact)).words.join(';');
	};
	const menu = (of: string, group: RegExp): string[] => offered(of, 'menu').filter((command) => group.test(command));

	it('offer on a device what its state allows', () => {
		const check = (of: string, expected: string[]): void => assert.deepEqual(offered(of, 'inline'), expected, of);
		const lease = { kind: 'backup', udid: device().udid, holder: 'devicelab', own: false, since: '' };
		check(words({}), ['device.backUp', 'snapshot.rollBack']);
		check(words({ devices: [device({ trust: 'not-paired' })] }), ['device.pair']);
		check(words({ devices: [device({ trust: 'stale' })] }), ['device.pair']);
		check(words({ jobs: [job()] }), ['job.cancel']);
		check(words({ jobs: [job({ cancelling: true })] }), []);
		check(words({ jobs: [job({ kind: 'export' })] }), ['device.backUp', 'snapshot.rollBack']);
		check(words({ leases: [lease] }), []);
		check(words({ devices: [], jobs: [job({ kind: 'rollback' })] }), ['job.cancel']);
	});

	it('offer the rules of automatic backups on their row', () => {
		for (const row of ['automatic;automaticOn', 'automatic;automaticOff']) {
			assert.deepEqual([offered(row, 'inline'), menu(row, /./)], [['automaticBackups.configure'], ['automaticBackups.configure']]);
		}
	});

	it('offer the encryption that the device does not have', () => {
		const check = (of: string, expected: string[]): void => assert.deepEqual(menu(of, /^encryption\./), expected, of);
		check(words({}), ['encryption.changePassword', 'encryption.turnOff']);
		check(words({ devices: [device({ encryption: 'off' })] }), ['encryption.turnOn']);
		check(words({}, true), ['encryption.changePassword']);
		check(words({ jobs: [job()] }), []);
		const row = (device_: Parameters<typeof encryptionItem>[0], fact = {}): string => encryptionItem(device_, fact).words.join(';');
		check(row(device()), ['encryption.changePassword', 'encryption.turnOff']);
		check(row(device(), { encryption: { encryption: 'on', required: 'on' } }), ['encryption.changePassword']);
		check(row(device({ encryption: 'off' })), ['encryption.turnOn']);
	});

	it('offer the iCloud Backup that the device does not have, and both where it does not say', () => {
		const check = (cloudBackup: 'on' | 'off' | 'unknown', expected: string[]): void =>
			assert.deepEqual(menu(cloudBackupItem({ cloud: { cloudBackup } }, 0).words.join(';'), /^cloudBackup\./), expected);
		check('on', ['cloudBackup.turnOff']);
		check('off', ['cloudBackup.turnOn']);
		check('unknown', ['cloudBackup.turnOn', 'cloudBackup.turnOff']);
	});

	it('offer on a snapshot to roll back only where its device is attached and free', () => {
		const check = (differs: { isAttached?: boolean; isBusy?: boolean; pinned?: boolean }, expected: string[]): void => {
			const { isAttached = true, isBusy = false, pinned = false } = differs;
			const shown = snapshotItem({ snapshot: snapshot({ pinned }), isOtherBranch: false, isAttached, isBusy, nowMs: 0 });
			assert.deepEqual(offered(shown.words.join(';'), 'inline'), expected);
		};
		check({}, ['snapshot.rollBack', 'snapshot.pin']);
		check({ pinned: true }, ['snapshot.rollBack', 'snapshot.unpin']);
		check({ isBusy: true }, ['snapshot.pin']);
		check({ isAttached: false }, ['snapshot.pin']);
	});

	it('offer on several rows all but what has to do with one thing at a time', () => {
		const alone = (contributes.menus['view/item/context'] ?? [])
			.filter(({ group = '', when = '' }) => !group.startsWith('inline') && when.includes('!listMultiSelection'))
			.map(({ command }) => command.replace('deviceLab.', ''))
			.filter((command) => !command.startsWith('app.'));
		assert.deepEqual(
			[...new Set(alone)].sort(),
			[
				'automaticBackups.configure',
				'launch.debugFromHere',
				// Of devices; two snapshots are what is compared.
				'snapshot.compare',
				'snapshot.browse',
				'snapshot.coverage',
				'snapshot.extract',
				'snapshot.find',
				'snapshot.restoreOntoOther',
				'timeline.open',
			].sort(),
		);
	});

	it('offer on an app what iOS allows with it', () => {
		const info = { bundleId: 'com.example.probe', kind: 'user', fileSharing: false, hasGroups: false } as const;
		const own = [snapshot({ kind: 'app', app: { bundleId: info.bundleId } })];
		const check = (differs: Partial<AppView> & { signing?: AppInfo['signing'] }, inline: string[], inMenu: string[]): void => {
			const { signing, ...rest } = differs;
			const app = signing === undefined ? {} : { app: { ...info, signing } };
			const of = appItem({ bundleId: info.bundleId, snapshots: [], isBusy: false, ...app, ...rest }).words.join(';');
			assert.deepEqual([offered(of, 'inline'), offered(of, 'menu')], [inline, inMenu], of);
		};
		check({ signing: 'development' }, ['app.snapshot'], ['app.snapshot', 'app.uninstall']);
		check(
			{ signing: 'development', snapshots: own },
			['app.snapshot', 'app.rollBack'],
			['app.snapshot', 'app.rollBack', 'app.exportData', 'app.uninstall'],
		);
		check({ signing: 'development', snapshots: own, isBusy: true }, [], ['app.exportData']);
		check({ signing: 'store' }, [], ['app.uninstall']);
		check({ snapshots: own }, [], ['app.exportData']);
		const folder = appsItem({ state: 'listed', apps: [] }).words.join(';');
		assert.deepEqual(offered(folder, 'inline'), ['app.install']);
		assert.deepEqual(offered(folder, 'menu'), ['app.install', 'app.backUpAndInstall', 'app.importData']);
	});

	it('offer nothing on a row for what it is not', () => {
		const check = (of: readonly string[], expected: string[]): void =>
			assert.deepEqual([...offered(of.join(';'), 'inline'), '|', ...offered(of.join(';'), 'menu')], expected);
		check(jobItem(job(), 'Lab-3').words, ['job.cancel', '|', 'job.cancel']);
		check(jobItem(job({ cancelling: true, waitsFor: 'passcode' }), 'Lab-3').words, ['|']);
		check(nowItem(device(), undefined, 0).words, ['|', 'snapshot.compare', 'timeline.open']);
		const backup = { path: '/b', finished: true };
		check(backupItem(backup, undefined, undefined, 0).words, ['backups.adopt', '|', 'backups.adopt']);
		check(backupItem(backup, snapshot(), undefined, 0).words, ['|']);
		check(backupItem({ ...backup, finished: false }, undefined, undefined, 0).words, ['|']);
		check(['older'], ['|']);
		check(['problem'], ['|']);
	});
});
