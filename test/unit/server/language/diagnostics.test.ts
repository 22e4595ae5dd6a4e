import assert from 'node:assert/strict';
import fc from 'fast-check';
import { complete } from '../../../../src/server/language/completion/complete.ts';
import { problemsIn } from '../../../../src/server/language/diagnostics/problemsIn.ts';
import { readDocument } from '../../../../src/server/language/document/labDocument.ts';
import { addDeviceChanges } from '../../../../src/server/language/fixes.ts';
import { hover } from '../../../../src/server/language/hover.ts';
import type { LabDocumentKind } from '../../../../src/contract/index.ts';
import { documentOf, factsOf, taskText, type KnownInTest } from './documents.ts';

const lab: KnownInTest = {
	devices: [
		{ udid: '00008120-000A', name: 'Lab-3', iosVersion: '17.5.1' },
		{ udid: '00008101-000B', name: 'Lab-4', iosVersion: '16.1' },
	],
	snapshots: [
		{ udid: '00008120-000A', id: 'a1b2c3d4e5f6', name: 'clean', encrypted: false },
		{ udid: '00008120-000A', id: 'a7b8c9d0e1f2', name: 'locked' },
		{ udid: '00008101-000B', id: 'b1b2c3d4e5f6', name: 'newer', iosVersion: '16.2', encrypted: false },
		{ udid: '00008101-000B', id: 'b2b2c3d4e5f6', name: 'broken', iosVersion: '16.1', encrypted: false, damagedAt: '2026-01-01T00:00:00Z' },
		{ udid: '00008030-000C', id: 'c1b2c3d4e5f6', deviceName: 'Drawer', name: 'clean', encrypted: false },
	],
	lab: '{ "devices": { "payments": { "name": "Lab-3" }, "small": { "name": "Nobody" } } }',
	remembered: { '00008120-000A/a7b8c9d0e1f2': false },
};

/** Each problem as `severity code: message [fixes]`, and what it is about. */
function told(kind: LabDocumentKind, text: string, known = lab): string[] {
	const { document } = documentOf(kind, text);
	return problemsIn(document, factsOf(known, document)).map(({ code, severity, message, fixes, node }) => {
		const about = document.text.slice(node.offset, node.offset + node.length);
		return [`${severity} ${code} ${about}: ${message}`, ...fixes.map(({ title }) => `  ${title}`)].join('\n');
	});
}

const rollback = (device: string, snapshot: string, more = ''): string =>
	taskText(`"action": "rollback", "device": ${JSON.stringify(device)}, "snapshot": ${JSON.stringify(snapshot)}${more}`);

describe('Diagnostics', () => {
	it('say nothing of what is right, of variables, or of tasks of others', () => {
		for (const text of [
			rollback('payments', 'clean'),
			rollback('LAB-3', 'CLEAN'),
			rollback('00008120', 'a1b2'),
			rollback('select', 'clean'),
			rollback('${input:phone}', '${input:state}'),
			taskText('"action": "assertState", "device": "Lab-3", "snapshot": "latest"'),
			taskText('"action": "wait", "device": "Drawer"'),
			'{ "tasks": [{ "type": "shell", "device": "x", "snapshot": "y" }] }',
		]) {
			assert.deepEqual(told('tasks', text), [], text);
		}
		assert.deepEqual(told('tasks', rollback('Lab-9', 'nowhere'), { ...lab, isKnown: false }), []);
	});

	it('tell of a device that nobody has, and guess which one was meant', () => {
		assert.deepEqual(told('tasks', rollback('paymetns', 'clean')), [
			[
				'warning unknown-device "paymetns": No device is called “paymetns”. Did you mean “payments”?',
				'  Change to “payments”',
				'  Add “paymetns” to the Lab File: Lab-3',
				'  Add “paymetns” to the Lab File: Lab-4',
			].join('\n'),
		]);
		assert.deepEqual(told('tasks', rollback('the one in the drawer', 'clean'), {}), [
			'info unknown-device "the one in the drawer": No device here is called “the one in the drawer”, and the lab file has no such name.',
		]);
	});

	it('tell of a device that is not attached as a hint only', () => {
		assert.deepEqual(told('tasks', rollback('Drawer', 'clean')), ['hint device-not-attached "Drawer": “Drawer” is not attached now.']);
		assert.deepEqual(told('tasks', taskText('"action": "verify", "device": "Drawer"')), []);
	});

	it('tell of a name that two devices have', () => {
		const devices = [
			{ udid: '00008120-000A', name: 'Lab' },
			{ udid: '00008120-000B', name: 'Lab' },
		];
		assert.deepEqual(told('tasks', taskText('"action": "backup", "device": "Lab"'), { devices }), [
			[
				'warning ambiguous-device "Lab": “Lab” fits 2 devices. Name one by its UDID.',
				'  Change to “Lab” (00008120-000A)',
				'  Change to “Lab” (00008120-000B)',
			].join('\n'),
		]);
	});

	it('tell of a name of the lab file that no phone here has, until somebody has chosen one', () => {
		assert.deepEqual(told('tasks', taskText('"action": "backup", "device": "small"')), [
			[
				'info lab-device-not-here "small": No phone here is “small” of the lab file. It is asked for once, when a task needs it.',
				'  Choose the Phone That Is “small” Here…',
			].join('\n'),
		]);
		assert.deepEqual(told('tasks', taskText('"action": "backup", "device": "Small"'), { ...lab, mapped: { small: '00008101-000B' } }), []);
	});

	it('tell of a snapshot that the device does not have, and offer what helps', () => {
		assert.deepEqual(told('tasks', rollback('Lab-3', 'claen')), [
			[
				'warning unknown-snapshot "claen": “Lab-3” has no snapshot “claen”. Did you mean “clean”?',
				'  Change to “clean”',
				'  Back Up “Lab-3” Now as “claen”',
			].join('\n'),
		]);
		assert.deepEqual(told('tasks', rollback('Drawer', 'first run')).slice(1), [
			'warning unknown-snapshot "first run": “Drawer” has no snapshot “first run”.',
		]);
		assert.deepEqual(told('tasks', rollback('all', 'logged in')), [
			[
				'warning unknown-snapshot "logged in": 2 of the devices have no snapshot “logged in”.',
				'  Back Up “Lab-3” Now as “logged in”',
				'  Back Up “Lab-4” Now as “logged in”',
			].join('\n'),
		]);
		assert.deepEqual(told('tasks', rollback('select', 'first run')), [
			'warning unknown-snapshot "first run": No device here has a snapshot “first run”.',
		]);
	});

	it('do not miss a snapshot that a task of the file makes', () => {
		const text = `{ "tasks": [
			{ "type": "deviceLab", "action": "backup", "device": "Lab-3", "name": "Fresh" },
			{ "type": "deviceLab", "action": "rollback", "device": "Lab-3", "snapshot": "fresh" }
		] }`;
		assert.deepEqual(told('tasks', text), []);
	});

	it('tell what speaks against a snapshot: password, newer iOS, damage', () => {
		assert.deepEqual(told('tasks', rollback('Lab-3', 'locked')), [
			[
				'info password-not-remembered "locked": “locked” is encrypted, and its password is not remembered here: the task will ask for it.',
				'  Enter the Password…',
			].join('\n'),
		]);
		assert.deepEqual(told('tasks', rollback('Lab-3', 'locked'), { ...lab, remembered: {} }), []);
		assert.deepEqual(told('tasks', rollback('Lab-4', 'newer')), [
			'warning ios-too-old "newer": “newer” was taken with iOS 16.2, and “Lab-4” has iOS 16.1: a device takes no backup of a newer iOS.',
		]);
		assert.match(
			told('tasks', rollback('Lab-4', 'broken'))[0] ?? '',
			/^warning damaged-snapshot "broken": Damage was found in “broken”\.$/,
		);
		assert.deepEqual(told('tasks', taskText('"action": "assertState", "device": "Lab-4", "snapshot": "newer"')), []);
	});

	it('tell of what an action cannot do without', () => {
		assert.deepEqual(told('tasks', taskText('"action": "rollback"')), ['error field-missing "rollback": “rollback” needs “snapshot”.']);
		assert.deepEqual(told('tasks', taskText('"action": "install"')), ['error field-missing "install": “install” needs “file”.']);
	});

	it('tell of a task that is clearly meant to be ours and is not there', () => {
		const tasks =
			'{ "tasks": [{ "label": "build" }, { "label": "clean phone", "type": "deviceLab" }, { "label": "Lab: Back Up Lab-3", "type": "deviceLab" }] }';
		const launch = (task: string): string => `{ "configurations": [{ "preLaunchTask": "${task}" }] }`;
		assert.deepEqual(told('launch', launch('claen phone'), { tasks }), [
			[
				'warning unknown-task "claen phone": tasks.json has no task “claen phone”. Did you mean “clean phone”?',
				'  Change to “clean phone”',
			].join('\n'),
		]);
		for (const task of [
			'clean phone',
			'build',
			'npm: build',
			'${defaultBuildTask}',
			'deviceLab: Back Up Lab-3',
			'deviceLab: Back Up Lab-9',
		]) {
			assert.deepEqual(told('launch', launch(task), { tasks }), [], task);
		}
	});

	it('give hints in the lab file of a teammate', () => {
		const text = '{ "devices": { "payments": { "name": "Lab-3" }, "small": { "name": "Nobody" } }, "baselines": ["clean", "claen"] }';
		assert.deepEqual(
			told('lab', text).map((each) => each.split('\n')[0]),
			[
				'hint lab-device-not-here "small": No phone here is “small” of the lab file. It is asked for once, when a task needs it.',
				'hint baseline-not-here "claen": No device here has a snapshot “claen”.',
			],
		);
	});
});

describe('A lab file that gets a device', () => {
	const fix = { kind: 'addDevice', title: '', name: 'small', device: { name: 'Lab-3' } } as const;
	const added = (text: string | undefined): string | undefined => {
		const changes = addDeviceChanges({ uri: '', text, file: undefined }, fix);
		return changes?.reduceRight(
			(all, { offset, length, text: put }) => all.slice(0, offset) + put + all.slice(offset + length),
			text ?? '',
		);
	};

	it('keeps its comments and its indentation', () => {
		const before = '{\n  // ours\n  "devices": {\n    // the first\n    "x": {\n      "name": "y"\n    }\n  }\n}\n';
		assert.equal(added(before), before.replace('    }\n', '    },\n    "small": {\n      "name": "Lab-3"\n    }\n'));
	});

	it('is made where there is none, and left alone where it is broken', () => {
		assert.equal(added(undefined), '{\n\t"devices": {\n\t\t"small": {\n\t\t\t"name": "Lab-3"\n\t\t}\n\t}\n}\n');
		assert.equal(added('{ "devices": '), undefined);
	});
});

describe('Hostile documents', () => {
	it('are left alone when they are too deep or too large', () => {
		for (const text of ['['.repeat(200_000), '{"a":'.repeat(200_000), `{ "tasks": [${'"x",'.repeat(300_000)}] }`]) {
			assert.equal(readDocument('file:///w/.vscode/tasks.json', text), undefined);
		}
		assert.equal(readDocument('file:///w/tasks.json', '{}'), undefined);
	});

	it('never make any feature fail', () => {
		const word = fc.constantFrom(
			...[
				'tasks',
				'type',
				'deviceLab',
				'device',
				'snapshot',
				'devices',
				'__proto__',
				'constructor',
				'baselines',
				'args',
				'inputs',
				'action',
			],
			...[
				'rollback',
				'configurations',
				'preLaunchTask',
				'{',
				'}',
				'[',
				']',
				':',
				',',
				'"',
				'//',
				'/*',
				'\\u0000',
				'${command:',
				' ',
				'\n',
				'1e999',
			],
		);
		fc.assert(
			fc.property(fc.array(word, { maxLength: 40 }), fc.nat(), fc.constantFrom('tasks', 'launch', 'device-lab'), (words, at, name) => {
				const text = `{"tasks":[{"type":"deviceLab",${words.map((each) => (/^\w/.test(each) ? `"${each}"` : each)).join('')}`;
				const document = readDocument(`file:///w/.vscode/${name}.json`, text);
				if (document !== undefined) {
					const facts = factsOf({ ...lab, tasks: text, lab: text }, document);
					problemsIn(document, facts);
					complete(document, at % (text.length + 1), facts);
					hover(document, at % (text.length + 1), facts);
				}
			}),
		);
	});
});
