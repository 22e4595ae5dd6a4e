import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as vscode from 'vscode';
import { commandIds, viewIds } from '../../../src/contributions.ts';
import { eventually } from '../../support/eventually.ts';

/** The editor makes commands for each view itself, such as `<view>.focus`. */
function isOfView(command: string): boolean {
	return Object.values(viewIds).some((view) => command.startsWith(`${view}.`));
}

/** Processes that this extension host started and that are an engine. */
function engines(): string[] {
	return execFileSync('ps', ['-eo', 'ppid=,args='], { encoding: 'utf8' })
		.split('\n')
		.filter((line) => line.trim().startsWith(`${process.pid} `) && line.includes('server.js --node-ipc'));
}

describe('Activation', () => {
	const extension = vscode.extensions.getExtension('ios-device-lab.ios-device-lab');

	// Nothing else lets automatic backups begin without a view that is looked at.
	it('happens when the editor has started, and starts no engine while automatic backups are off', async () => {
		await eventually('it is active', () => extension?.isActive === true);
		assert.equal(vscode.workspace.getConfiguration().get('deviceLab.automaticBackups.mode'), 'off');
		assert.deepEqual(engines(), []);
	}).timeout(60_000);

	it('registers every contributed command and no other', async () => {
		await extension?.activate();
		const registered = (await vscode.commands.getCommands(true)).filter((id) => id.startsWith('deviceLab.') && !isOfView(id));
		assert.deepEqual(registered.sort(), Object.values(commandIds).sort());
	});
});
