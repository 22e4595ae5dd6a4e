import * as vscode from 'vscode';
import type { DeviceInfo, SnapshotInfo } from '../../contract/index.ts';
import { inline, quoted, snapshotPhrase, snapshotTitle } from '../../views/index.ts';
import { whileAsking } from '../ask.ts';
import { chooseSnapshot } from '../choose.ts';
import type { Command } from '../context.ts';
import { snapshotPassword } from '../passwords/snapshotPassword.ts';
import { coverageLines } from '../reports/coverageLines.ts';
import { healthLines } from '../reports/healthLines.ts';

/** What Is in This Snapshot…: what it holds, its apps by size, and what it leaves out and why, in a document to read. Numbers only. */
export const showCoverage: Command = async (context, targets) => {
	const { lab, client, contents, documents, now } = context;
	const title = vscode.l10n.t('What Is in This Snapshot');
	const placeholder = vscode.l10n.t('The snapshot to look into');
	const snapshot = await chooseSnapshot(context, targets, { title, placeholder, refusal: appRefusal });
	const password = await snapshotPassword(context, snapshot, title);
	contents.opened(snapshot, password);
	const { udid, id } = snapshot;
	const phrase = snapshotPhrase(snapshot, now());
	const ref = { udid, snapshot: id, ...(password === undefined ? {} : { password }) };
	const attached = lab.device(udid);
	const target = attached === undefined ? undefined : targetOf(attached);
	const [coverage, health] = await whileAsking(vscode.l10n.t('Looking into {0}…', phrase), async (token) => [
		await client.request('contents/coverage', ref, token),
		await client.request('contents/health', { ...ref, ...(target === undefined ? {} : { target }) }, token),
	]);
	const device = lab.deviceName(udid);
	const name = vscode.l10n.t('What Is in {0} ({1})', snapshotTitle(snapshot, now()), inline(device));
	await documents.show(name, [
		vscode.l10n.t('{0}: {1}', quoted(device), phrase),
		'',
		...healthLines(health),
		'',
		...coverageLines(coverage),
	]);
};

function targetOf({ iosVersion, supervised }: DeviceInfo): Pick<DeviceInfo, 'iosVersion' | 'supervised'> {
	return { supervised, ...(iosVersion === undefined ? {} : { iosVersion }) };
}

/** Why a snapshot cannot be looked into, in a sentence. */
export function appRefusal({ kind }: SnapshotInfo): string | undefined {
	return kind === 'app' ? vscode.l10n.t('It holds the data of one app only. Export it to look into it.') : undefined;
}
