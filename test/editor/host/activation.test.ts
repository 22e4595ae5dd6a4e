import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commandIds, viewIds } from '../../../src/contributions.ts';

/** The editor makes commands for each view itself, such as `<view>.focus`. */
function isOfView(command: string): boolean {
	return Object.values(viewIds).some((view) => command.startsWith(`${view}.`));
}

describe('Activation', () => {
	const extension = vscode.extensions.getExtension('ios-device-lab.ios-device-lab');

	it('happens when the extension is used, not when the editor starts', async () => {
		assert.equal(extension?.isActive, false);
		await extension?.activate();
		assert.equal(extension?.isActive, true);
	});

	it('registers every contributed command and no other', async () => {
		await extension?.activate();
		const registered = (await vscode.commands.getCommands(true)).filter((id) => id.startsWith('deviceLab.') && !isOfView(id));
		assert.deepEqual(registered.sort(), Object.values(commandIds).sort());
	});
});
