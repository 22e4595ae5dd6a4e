import assert from 'node:assert/strict';
import { launchChoices, proposeRollback } from '../../../src/tasks/launch/proposeRollback.ts';

const rollback = { device: 'Lab-3', snapshot: 'clean', label: 'Roll Back Lab-3 to clean', sequenceLabel: 'Before Run' };

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
		const proposal = proposeRollback(undefined, launch(''), 1, rollback);
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
		const proposal = proposeRollback(tasks, launch(', "preLaunchTask": "build"'), 1, rollback);
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
			proposeRollback(undefined, one, 0, rollback)?.launch,
			'{ "configurations": [{ "name": "Run", "type": "x", "preLaunchTask": "Roll Back Lab-3 to clean" }] }',
		);
		const commented = '{ "configurations": [\n\t{\n\t\t"name": "Run" // ours\n\t}\n] }';
		assert.equal(
			proposeRollback(undefined, commented, 0, rollback)?.launch,
			'{ "configurations": [\n\t{\n\t\t"name": "Run", // ours\n\t\t"preLaunchTask": "Roll Back Lab-3 to clean"\n\t}\n] }',
		);
	});

	it('is not added twice', () => {
		const once = proposeRollback(undefined, launch(', "preLaunchTask": "build"'), 1, rollback);
		assert.ok(once !== undefined);
		assert.deepEqual(proposeRollback(once.tasks, once.launch, 1, rollback), once);
	});

	it('does not take the name of another task', () => {
		const tasks = '{ "tasks": [{ "label": "Roll Back Lab-3 to clean", "type": "shell" }] }';
		assert.match(proposeRollback(tasks, launch(''), 1, rollback)?.launch ?? '', /"preLaunchTask": "Roll Back Lab-3 to clean \(2\)"/);
	});

	it('is refused where a file is broken', () => {
		assert.equal(proposeRollback('{ "tasks": ', launch(''), 1, rollback), undefined);
		assert.equal(proposeRollback('{ "tasks": {} }', launch(''), 1, rollback), undefined);
		assert.equal(proposeRollback(undefined, launch(''), 2, rollback), undefined);
		assert.equal(launchChoices('{ "configurations": ['), undefined);
		assert.deepEqual(launchChoices(launch('')), [
			{ index: 0, name: 'Other', type: 'x' },
			{ index: 1, name: 'Run', type: 'ios' },
		]);
	});
});
