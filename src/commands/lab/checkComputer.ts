import * as vscode from 'vscode';
import type { DoctorCheck } from '../../contract/index.ts';
import { inline, withoutIcons } from '../../views/index.ts';
import { whileAsking } from '../ask.ts';
import type { Command } from '../context.ts';

/** Findings are sentences with paths in them. */
const MAX_FINDING = 400;

/** Check This Computer: what it has and lacks for working with real devices, what is missing first. A row opens all of it as a text. */
export const checkComputer: Command = async ({ client, documents }) => {
	const checks = await whileAsking(vscode.l10n.t('Checking this computer…'), (token) => client.request('computer/check', {}, token));
	const order: readonly DoctorCheck['status'][] = ['missing', 'warning', 'ok'];
	const sorted = order.flatMap((status) => checks.filter((check) => check.status === status));
	const wrong = sorted.filter(({ status }) => status !== 'ok').length;
	const chosen = await vscode.window.showQuickPick(sorted.map(checkRow), {
		title: vscode.l10n.t('Check This Computer'),
		placeHolder:
			wrong === 0
				? vscode.l10n.t('Everything is in order. Choose a line to read all of it.')
				: vscode.l10n.t('{0} things need attention. Choose a line to read all of it.', wrong),
		matchOnDetail: true,
	});
	if (chosen !== undefined) {
		await documents.show(vscode.l10n.t('Check of This Computer'), sorted.flatMap(checkLines));
	}
};

function checkRow({ title, status, finding, remedy }: DoctorCheck): vscode.QuickPickItem {
	const icons: Record<DoctorCheck['status'], string> = { ok: 'pass', warning: 'warning', missing: 'error' };
	return {
		label: withoutIcons(inline(title)),
		iconPath: new vscode.ThemeIcon(icons[status]),
		description: statusText(status),
		detail: withoutIcons([finding, remedy].flatMap((text) => (text === undefined ? [] : [inline(text, MAX_FINDING)])).join(' ')),
	};
}

function checkLines({ title, status, finding, remedy }: DoctorCheck): string[] {
	return [
		`${inline(title)}: ${statusText(status)}`,
		`  ${inline(finding, MAX_FINDING)}`,
		...(remedy === undefined ? [] : [`  ${vscode.l10n.t('What to do: {0}', inline(remedy, MAX_FINDING))}`]),
		'',
	];
}

function statusText(status: DoctorCheck['status']): string {
	const texts: Record<DoctorCheck['status'], string> = {
		ok: vscode.l10n.t('in order'),
		warning: vscode.l10n.t('worth a look'),
		missing: vscode.l10n.t('missing'),
	};
	return texts[status];
}
