import * as vscode from 'vscode';
import type { ContentsHealth, HealthFinding } from '../../contract/index.ts';
import { formatNumber, inline } from '../../views/index.ts';

/** Examples that are named of a reason. */
const MAX_EXAMPLES = 3;
const MAX_PATH = 300;

/** Whether a snapshot can be restored, and each reason why not. */
export function healthLines({ restorable, faults }: ContentsHealth): string[] {
	if (restorable === undefined) {
		return [vscode.l10n.t('Whether it can be restored is not known without its password.')];
	}
	return restorable
		? [vscode.l10n.t('It can be restored: every file that it names is there.')]
		: [vscode.l10n.t('Cannot be restored:'), ...faults.map((fault) => `  ${faultText(fault)}${examplesText(fault)}`)];
}

function faultText({ kind, count, examples }: HealthFinding): string {
	const number = formatNumber(count);
	const reason = inline(examples[0]?.reason ?? '');
	switch (kind) {
		case 'missing-files':
			return count === 1
				? vscode.l10n.t('1 file that it names is not there')
				: vscode.l10n.t('{0} files that it names are not there', number);
		case 'bad-contents':
		case 'bad-lengths':
			return count === 1 ? vscode.l10n.t('1 file is damaged') : vscode.l10n.t('{0} files are damaged', number);
		case 'missing-keys':
			return count === 1
				? vscode.l10n.t('1 file has no key that opens it')
				: vscode.l10n.t('{0} files have no key that opens them', number);
		case 'unsafe-rows':
			return count === 1
				? vscode.l10n.t('1 entry of its list would be refused by a device')
				: vscode.l10n.t('{0} entries of its list would be refused by a device', number);
		case 'damaged-manifest':
			return vscode.l10n.t('Its list of files is damaged');
		case 'damaged-control-file':
			return vscode.l10n.t('A file about the backup itself cannot be read');
		case 'unfinished':
			return vscode.l10n.t('The device never finished it');
		case 'encryption-mismatch':
			return vscode.l10n.t('It says that it is encrypted and is not, or the other way round');
		case 'old-format':
			return vscode.l10n.t('It is of iOS 10.1 or older');
		case 'newer-than-target':
			return vscode.l10n.t('It is of iOS {0}, newer than that of the device', reason);
		case 'supervision-differs':
			return reason === 'supervised'
				? vscode.l10n.t('It is of a supervised device, and the device is not supervised')
				: vscode.l10n.t('The device is supervised, and it is of one that was not');
		default:
			return `${inline(kind)} (${number})`;
	}
}

function examplesText({ examples }: HealthFinding): string {
	const places = examples.flatMap(({ domain, relativePath }) =>
		relativePath === undefined ? [] : [inline(domain === undefined ? relativePath : `${domain}/${relativePath}`, MAX_PATH)],
	);
	const shown = places.slice(0, MAX_EXAMPLES).join(', ');
	return shown === '' ? '' : `: ${shown}${places.length > MAX_EXAMPLES ? ' …' : ''}`;
}
