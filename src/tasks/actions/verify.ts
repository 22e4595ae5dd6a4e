import * as vscode from 'vscode';
import { EXIT } from '../../contract/index.ts';
import { formatBytes, quoted, snapshotPhrase } from '../../views/index.ts';
import { runWatched } from '../watchedJob.ts';
import { nameOf, type Action } from './action.ts';

/** `verify`: reads and checks one snapshot, or all of a device. */
export const verify: Action = async (task, udid, run) => {
	const { report, world, token } = run;
	const named =
		task.snapshot === undefined ? undefined : await world.client.request('snapshots/find', { udid, snapshot: task.snapshot }, token);
	report.line(
		named === undefined
			? vscode.l10n.t('Verifying the snapshots of {0}', nameOf(udid, run))
			: vscode.l10n.t('Verifying {0}', snapshotPhrase(named, world.clock.now())),
	);
	const params = { udid, ...(named === undefined ? {} : { snapshot: named.id }) };
	const check = await runWatched(run, { method: 'snapshots/verify', kind: 'verify', udid, params }, task);
	if (check.whole) {
		report.line(vscode.l10n.t('All is whole: {0} snapshots, {1} read.', check.checkedSnapshots, formatBytes(check.checkedBytes)));
		return EXIT.done;
	}
	for (const { id, name, damagedFiles } of check.damagedSnapshots) {
		report.line(vscode.l10n.t('Damaged: {0}, {1} files.', name === undefined ? id.slice(0, 8) : quoted(name), damagedFiles));
	}
	report.line(vscode.l10n.t('The store is damaged. “Repair” sets aside what cannot be used.'));
	return EXIT.damaged;
};
