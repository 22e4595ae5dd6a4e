import assert from 'node:assert/strict';
import { launchChoices, proposeRollback } from '../../../src/tasks/launch/proposeRollback.ts';

const rollback = { device: 'Lab-3', snapshot: 'clean', label: 'Roll Back Lab-3 to clean', sequenceLabel: 'Before Run' };

/** A configuration by its place. */
const run = (index: number) => ({ list: 'configurations' as const, index });

const launch = (preLaunchTask: string): string => `{
  // how we run it
  "version": "0.2.0",
  "configurations": [
    { "name": "Other", "type": "x" },
    {
      "name": "Run", // on the phone
      "type": "ios"${preLaunchTask},
    }
  ]
}
`;

describe('a roll-back for a launch configuration', () => {
	it('is a task, and the launch waits for it; comments and formatting stay', () => {
		const proposal = proposeRollback(undefined, launch(''), run(1), rollback);
		assert.equal(
			proposal?.tasks,
			`{
	"version": "2.0.0",
	"tasks": [
		{
			"label": "Roll Back Lab-3 to clean",
			"type": "deviceLab",
			"action": "rollback",
			"device": "Lab-3",
			"snapshot": "clean",
			"problemMatcher": []
		}
	]
}
`,
		);
		assert.match(proposal.launch, /\/\/ how we run it/);
		assert.match(proposal.launch, /"name": "Run", \/\/ on the phone\n {6}"type": "ios",\n {6}"preLaunchTask": "Roll Back Lab-3 to clean"/);
	});

	it('goes before what the launch waits for already', () => {
		const tasks = '{\r\n  "tasks": [\r\n    // builds\r\n    { "label": "build", "type": "shell" }\r\n  ]\r\n}\r\n';
		const proposal = proposeRollback(tasks, launch(', "preLaunchTask": "build"'), run(1), rollback);
		assert.match(proposal?.tasks ?? '', /\/\/ builds\r\n {4}\{ "label": "build", "type": "shell" \},\r\n/);
		assert.match(
			proposal?.tasks ?? '',
			/"label": "Before Run",\s+"dependsOrder": "sequence",\s+"dependsOn": \[\s+"Roll Back Lab-3 to clean",\s+"build"/,
		);
		assert.match(proposal?.launch ?? '', /"preLaunchTask": "Before Run"/);
		assert.doesNotMatch((proposal?.tasks ?? '').replaceAll('\r\n', ''), /\n/);
	});

	it('stays on one line where the configuration does, and leaves comments with what they are about', () => {
		const one = '{ "configurations": [{ "name": "Run", "type": "x" }] }';
		assert.equal(
			proposeRollback(undefined, one, run(0), rollback)?.launch,
			'{ "configurations": [{ "name": "Run", "type": "x", "preLaunchTask": "Roll Back Lab-3 to clean" }] }',
		);
		const commented = '{ "configurations": [\n\t{\n\t\t"name": "Run" // ours\n\t}\n] }';
		assert.equal(
			proposeRollback(undefined, commented, run(0), rollback)?.launch,
			'{ "configurations": [\n\t{\n\t\t"name": "Run", // ours\n\t\t"preLaunchTask": "Roll Back Lab-3 to clean"\n\t}\n] }',
		);
	});

	it('leaves what is commented out of an empty list where it is', () => {
		const tasks = '{\r\n  "tasks": [\r\n    // { "label": "build" },\r\n  ]\r\n}\r\n';
		const proposal = proposeRollback(tasks, launch(''), run(1), rollback);
		assert.match(proposal?.tasks ?? '', /^\{\r\n {2}"tasks": \[\r\n {4}\/\/ \{ "label": "build" \},\r\n {4}\{\r\n {6}"label": "Roll Back/);
		assert.match(proposal?.tasks ?? '', /"problemMatcher": \[\]\r\n {4}\}\r\n {2}\]\r\n\}\r\n$/);
	});

	it('is for launches that begin together, too', () => {
		const together =
			'{ "configurations": [{ "name": "A" }, { "name": "B" }], "compounds": [{ "name": "All", "configurations": ["A", "B"] }] }';
		const all = launchChoices(together)?.at(-1);
		assert.deepEqual(all, { list: 'compounds', index: 0, name: 'All', type: '' });
		assert.equal(
			proposeRollback(undefined, together, all, rollback)?.launch,
			together.replace('["A", "B"]', '["A", "B"], "preLaunchTask": "Roll Back Lab-3 to clean"'),
		);
	});

	it('is not added twice', () => {
		const once = proposeRollback(undefined, launch(', "preLaunchTask": "build"'), run(1), rollback);
		assert.ok(once !== undefined);
		assert.deepEqual(proposeRollback(once.tasks, once.launch, run(1), rollback), once);
	});

	it('does not take the name of another task', () => {
		const tasks = '{ "tasks": [{ "label": "Roll Back Lab-3 to clean", "type": "shell" }] }';
		assert.match(proposeRollback(tasks, launch(''), run(1), rollback)?.launch ?? '', /"preLaunchTask": "Roll Back Lab-3 to clean \(2\)"/);
	});

	it('is refused where a file is broken', () => {
		assert.equal(proposeRollback('{ "tasks": ', launch(''), run(1), rollback), undefined);
		assert.equal(proposeRollback('{ "tasks": {} }', launch(''), run(1), rollback), undefined);
		assert.equal(proposeRollback(undefined, launch(''), run(2), rollback), undefined);
		assert.equal(launchChoices('{ "configurations": ['), undefined);
		assert.deepEqual(launchChoices(launch('')), [
			{ list: 'configurations', index: 0, name: 'Other', type: 'x' },
			{ list: 'configurations', index: 1, name: 'Run', type: 'ios' },
		]);
	});
});
