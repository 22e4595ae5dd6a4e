import * as vscode from 'vscode';
import type { Command } from '../context.ts';
import { runJob } from '../run.ts';
import { tellCheck } from './tellCheck.ts';

/** Verify All Snapshots: reads the whole store and tells whether it is whole. */
export const verifyStore: Command = async (context) => {
	tellCheck(context, await runJob(context, 'snapshots/verify', {}), vscode.l10n.t('All snapshots are whole.'));
};
