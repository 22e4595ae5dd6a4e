import * as vscode from 'vscode';
import type { ExtractOrder } from '../../contract/index.ts';
import { inline, snapshotPhrase } from '../../views/index.ts';
import { askText } from '../ask.ts';
import { chooseSnapshot } from '../choose.ts';
import type { Command } from '../context.ts';
import { extractTo, openSnapshot } from './browseSnapshot.ts';
import { appRefusal } from './showCoverage.ts';

type Wanted = Omit<ExtractOrder, 'to'>;

/** Extract…: photos, contacts, messages, notes or voice memos as files that people know, or the files that a pattern means, to a folder. */
export const extractFromSnapshot: Command = async (context, targets) => {
	const title = vscode.l10n.t('Extract');
	const placeholder = vscode.l10n.t('The snapshot to extract from');
	const snapshot = await chooseSnapshot(context, targets, { title, placeholder, refusal: appRefusal });
	const what = `${title}: ${snapshotPhrase(snapshot, context.now())}`;
	const chosen = await vscode.window.showQuickPick(kinds(), {
		title: what,
		placeHolder: vscode.l10n.t('What to extract'),
		matchOnDescription: true,
	});
	if (chosen === undefined) {
		return;
	}
	const wanted = chosen.wanted ?? (await askPatterns(what));
	const opened = await openSnapshot(context, snapshot, title);
	await extractTo(
		context,
		opened,
		wanted,
		chosen.wanted === undefined ? (wanted.patterns ?? []).map((each) => inline(each)).join(', ') : chosen.name,
	);
};

interface Kind extends vscode.QuickPickItem {
	readonly name: string;
	/** Undefined for files, which have to be said. */
	readonly wanted?: Wanted;
}

function kinds(): Kind[] {
	const kind = (icon: string, name: string, description: string, wanted?: Wanted): Kind => ({
		label: `$(${icon}) ${name}`,
		name,
		description,
		...(wanted === undefined ? {} : { wanted }),
	});
	return [
		kind('device-camera', vscode.l10n.t('Photos and videos'), vscode.l10n.t('by year and month, with their dates and names'), {
			what: 'photos',
		}),
		kind('account', vscode.l10n.t('Contacts'), 'contacts.vcf', { what: 'contacts' }),
		kind('comment-discussion', vscode.l10n.t('Messages'), vscode.l10n.t('a text for each conversation'), {
			what: 'messages',
			format: 'text',
		}),
		kind('json', vscode.l10n.t('Messages as JSON'), 'messages.json', { what: 'messages', format: 'json' }),
		kind('note', vscode.l10n.t('Notes'), vscode.l10n.t('a text for each note'), { what: 'notes', format: 'text' }),
		kind('mic', vscode.l10n.t('Voice memos'), vscode.l10n.t('with their titles'), { what: 'voice-memos' }),
		kind('files', vscode.l10n.t('Files…'), vscode.l10n.t('those that a pattern means')),
	];
}

/** @throws CancellationError */
async function askPatterns(title: string): Promise<Wanted> {
	const typed = await askText({
		title,
		prompt: vscode.l10n.t('A place such as Domain/path, or a pattern: * and ? within a name, ** for any folders, one,two in braces.'),
		placeHolder: 'AppDomain-com.acme.app/**/*.sqlite',
		validateInput: (value) => (value.trim() === '' ? vscode.l10n.t('It must not be empty.') : undefined),
	});
	return { what: 'files', patterns: [typed.trim()] };
}
