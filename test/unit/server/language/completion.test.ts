import assert from 'node:assert/strict';
import { appsWantedAt, complete } from '../../../../src/server/language/completion/complete.ts';
import type { LabDocumentKind } from '../../../../src/contract/index.ts';
import { documentOf, factsOf, taskText, type KnownInTest } from './documents.ts';

const lab: KnownInTest = {
	devices: [
		{ udid: '00008120-000A', name: 'Lab-3' },
		{ udid: '00008101-000B', name: 'Lab-4', model: 'iPhone 12', iosVersion: '16.1' },
	],
	snapshots: [
		{ udid: '00008120-000A', id: 'a1b2c3d4e5f6', name: 'clean', isHead: true },
		{ udid: '00008120-000A', id: 'a7b8c9d0e1f2', encrypted: false },
		{
			udid: '00008101-000B',
			id: 'b1b2c3d4e5f6',
			name: 'logged in',
			kind: 'app',
			app: { bundleId: 'com.example.pay', name: 'Pay' },
			encrypted: false,
		},
		{ udid: '00008030-000C', id: 'c1b2c3d4e5f6', deviceName: 'Drawer', name: 'clean' },
	],
	lab: '{ "devices": { "payments": { "name": "Lab-3" }, "small": { "name": "Nobody" } }, "baselines": ["clean", "fresh"] }',
};

function offered(kind: LabDocumentKind, marked: string, known = lab): string[] | undefined {
	const { document, offset } = documentOf(kind, marked);
	return complete(document, offset, factsOf(known, document))?.offers.map(({ value, facts = '' }) => `${value}: ${facts}`);
}

function values(kind: LabDocumentKind, marked: string, known = lab): string[] | undefined {
	const { document, offset } = documentOf(kind, marked);
	return complete(document, offset, factsOf(known, document))?.offers.map(({ value }) => value);
}

describe('Completion', () => {
	it('offers devices with what they are: names of the lab file, names, words, UDIDs', () => {
		assert.deepEqual(offered('tasks', taskText('"device": "|"')), [
			'payments: Lab-3 · iPhone 15 Pro · iOS 17.5.1 · attached',
			'small: of the lab file; no phone here yet',
			'Lab-3: iPhone 15 Pro · iOS 17.5.1 · attached',
			'Lab-4: iPhone 12 · iOS 16.1 · attached',
			'Drawer: iPhone 15 Pro · iOS 17.5.1 · not attached',
			'select: asks each time',
			'last-selected: the one chosen last in this window',
			'all: each one that is attached: 2',
			'00008120-000A: Lab-3 · iPhone 15 Pro · iOS 17.5.1 · attached',
			'00008101-000B: Lab-4 · iPhone 12 · iOS 16.1 · attached',
			'00008030-000C: Drawer · iPhone 15 Pro · iOS 17.5.1 · not attached',
		]);
	});

	it('offers the snapshots of the device that the task names, those with names first', () => {
		assert.deepEqual(
			offered('tasks', taskText('"action": "rollback", "device": "payments", "snapshot": |'))?.map((line) =>
				line.replace(/Today, \d\d:\d\d/, 'Today'),
			),
			[
				'clean: Today · iOS 17.5.1 · 3.1 GB · encrypted · the device stands here',
				'fresh: a baseline of the lab file; no such snapshot here yet',
				'latest: the newest one',
				'head: where the device stands',
				'parent: the one before that',
				'baseline: the only one with a name, or the only pinned one of those',
				'a7b8c9d0e1f2: iOS 17.5.1 · 3.1 GB',
			],
		);
		assert.match(offered('tasks', taskText('"snapshot": "|"'))?.[0] ?? '', /on 2 of 3 devices$/);
	});

	it('offers apps, and snapshots of the app that the task names', () => {
		const apps = new Map([
			[
				'00008101-000B',
				[{ bundleId: 'com.example.shop', name: 'Shop', kind: 'user', signing: 'store', fileSharing: false, hasGroups: false } as const],
			],
		]);
		assert.deepEqual(offered('tasks', taskText('"device": "Lab-4", "bundleId": "|"'), { ...lab, apps }), [
			'com.example.shop: Shop · not signed for development',
			'com.example.pay: Pay · has snapshots',
		]);
		const of = '"action": "rollback", "scope": "app", "device": "Lab-4", "bundleId": "com.example.pay", "snapshot": "|"';
		assert.match(offered('tasks', taskText(of))?.[0] ?? '', /^logged in: .* · com\.example\.pay/);
		const { document, offset } = documentOf('tasks', taskText('"device": "Lab-4", "bundleId": "|"'));
		assert.deepEqual(appsWantedAt(document, offset, factsOf(lab, document)), ['00008101-000B']);
	});

	it('offers tasks of ours to launch configurations and other tasks', () => {
		const tasks =
			'{ "tasks": [{ "label": "build" }, { "label": "clean phone", "type": "deviceLab", "action": "rollback", "snapshot": "x" }] }';
		for (const marked of [
			'{ "configurations": [{ "preLaunchTask": "|" }] }',
			'{ "configurations": [{}, { "postDebugTask": | }] }',
			'{ "compounds": [{ "preLaunchTask": "cl|ean" }] }',
		]) {
			assert.deepEqual(offered('launch', marked, { tasks }), ['clean phone: rollback · x'], marked);
		}
		const text = '{ "tasks": [{ "label": "all", "dependsOn": ["|"] }, { "label": "clean phone", "type": "deviceLab" }] }';
		assert.deepEqual(values('tasks', text, {}), ['clean phone']);
	});

	it('offers tasks that lead to one of ours to launch configurations, and those that nobody wrote', () => {
		const tasks = `{ "tasks": [
			{ "label": "build" },
			{ "label": "clean phone", "type": "deviceLab", "action": "rollback", "snapshot": "x" },
			{ "label": "clean, then build", "dependsOn": ["clean phone", "build"] },
			{ "label": "and again", "dependsOn": "clean, then build" },
			{ "label": "round", "dependsOn": "round" }
		] }`;
		assert.deepEqual(offered('launch', '{ "configurations": [{ "preLaunchTask": "|" }] }', { ...lab, tasks }), [
			'clean phone: rollback · x',
			'clean, then build: clean phone, build',
			'and again: clean, then build',
			'deviceLab: Back Up Lab-3: there without being written',
			'deviceLab: Roll Back Lab-3 to clean: there without being written',
			'deviceLab: Back Up Lab-4: there without being written',
		]);
		assert.deepEqual(values('tasks', '{ "tasks": [{ "label": "all", "dependsOn": "|" }] }'), [
			'deviceLab: Back Up Lab-3',
			'deviceLab: Roll Back Lab-3 to clean',
			'deviceLab: Back Up Lab-4',
		]);
	});

	it('offers the commands that answer values, and takes the place of what is begun', () => {
		const marked = '{ "configurations": [{ "udid": "id=${command:dev|ice}" }] }';
		const { document, offset } = documentOf('launch', marked);
		const found = complete(document, offset, factsOf(lab, document));
		assert.equal(found?.offers[0]?.value, '${command:deviceLab.value.udid}');
		assert.equal(found?.as, 'inside');
		assert.equal(document.text.slice(found?.offset, (found?.offset ?? 0) + (found?.length ?? 0)), '${command:device}');
		const input = (rest: string): string => `{ "inputs": [{ "id": "phone", "type": "command", ${rest} }] }`;
		assert.ok(values('tasks', input('"command": "|"'))?.includes('deviceLab.value.udid'));
		assert.ok(values('launch', input('"command": "deviceLab.value.udid", "args": { "device": "|" }'))?.includes('payments'));
		assert.equal(values('launch', input('"command": "other", "args": { "device": "|" }')), undefined);
	});

	it('offers names and UDIDs of phones, and names of snapshots, in the lab file', () => {
		assert.deepEqual(values('lab', '{ "devices": { "x": { "name": "|" } } }'), ['Lab-3', 'Lab-4', 'Drawer']);
		assert.deepEqual(values('lab', '{ "devices": { "x": { "udid": "|" } } }'), ['00008120-000A', '00008101-000B', '00008030-000C']);
		assert.deepEqual(values('lab', '{ "baselines": ["|"] }'), ['clean']);
		assert.deepEqual(values('lab', '{ "baselines": ["clean", "|"] }'), []);
	});

	it('offers nothing for other fields, keys and tasks', () => {
		for (const marked of [taskText('"|"'), taskText('"name": "|"'), '{ "tasks": [{ "type": "shell", "device": "|" }] }', '{ "x": "|" }']) {
			assert.equal(values('tasks', marked), undefined, marked);
		}
		assert.equal(values('lab', '{ "x": "${|" }'), undefined);
	});

	it('offers no more than a person can look through', () => {
		const snapshots = Array.from({ length: 10_000 }, (_, index) => ({ udid: 'A', id: `${index}`.padStart(8, 'a'), name: `n ${index}` }));
		const { document, offset } = documentOf('tasks', taskText('"snapshot": "|"'));
		const found = complete(document, offset, factsOf({ devices: [{ udid: 'A' }], snapshots }, document));
		assert.deepEqual([found?.offers.length, found?.isCut], [300, true]);
	});
});
