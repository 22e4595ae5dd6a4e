import {
	CodeActionKind,
	CompletionItemKind,
	DiagnosticSeverity,
	InsertTextMode,
	MarkupKind,
	type CodeAction,
	type CodeLens,
	type CompletionList,
	type Diagnostic,
	type Hover,
	type Range,
	type TextEdit,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { OfferKind, Offers } from './completion/offer.ts';
import type { Fix, Problem, Severity } from './diagnostics/problem.ts';
import { addDeviceChanges, type TextChange } from './fixes.ts';
import type { HoverText } from './hover.ts';
import type { Lens } from './lenses.ts';
import type { LabFileFacts } from './lookup/facts.ts';

/** Beside each of our diagnostics. */
const SOURCE = 'Device Lab';

const SEVERITIES: Readonly<Record<Severity, DiagnosticSeverity>> = {
	error: DiagnosticSeverity.Error,
	warning: DiagnosticSeverity.Warning,
	info: DiagnosticSeverity.Information,
	hint: DiagnosticSeverity.Hint,
};

const KINDS: Readonly<Record<OfferKind, CompletionItemKind>> = {
	device: CompletionItemKind.Value,
	snapshot: CompletionItemKind.Reference,
	app: CompletionItemKind.Module,
	word: CompletionItemKind.Keyword,
	task: CompletionItemKind.Event,
	command: CompletionItemKind.Function,
};

/** Offers as the protocol has them. */
export function toCompletionList(document: TextDocument, { offers, offset, length, as, isCut }: Offers): CompletionList {
	const range = rangeOf(document, { offset, length });
	const written = (text: string): string => (as === 'json' ? JSON.stringify(text) : text);
	return {
		isIncomplete: isCut,
		items: offers.map(({ kind, value, label, facts, about }, index) => ({
			label: label ?? value,
			kind: KINDS[kind],
			...(facts === undefined || facts === '' ? {} : { detail: facts, labelDetails: { description: facts } }),
			...(about === undefined ? {} : { documentation: { kind: MarkupKind.PlainText, value: about } }),
			sortText: String(index).padStart(4, '0'),
			filterText: written(label === undefined ? value : `${value} ${label}`),
			insertTextMode: InsertTextMode.asIs,
			textEdit: { range, newText: written(value) },
		})),
	};
}

/** A hover as the protocol has it: plain text, as names from outside are in it. */
export function toHover(document: TextDocument, { text, node }: HoverText): Hover {
	return { contents: { kind: MarkupKind.PlainText, value: text }, range: rangeOf(document, node) };
}

/** A problem as the protocol has it. */
export function toDiagnostic(document: TextDocument, { code, severity, node, message }: Problem): Diagnostic {
	return { code, severity: SEVERITIES[severity], range: rangeOf(document, node), message, source: SOURCE };
}

/** What can be done about a problem, as the protocol has it. */
export function toCodeActions(document: TextDocument, problem: Problem, lab: LabFileFacts): readonly CodeAction[] {
	const diagnostics = [toDiagnostic(document, problem)];
	return problem.fixes.flatMap((fix, index) => {
		const change = changeOf(document, problem, fix, lab);
		return change === undefined
			? []
			: [{ title: fix.title, kind: CodeActionKind.QuickFix, diagnostics, ...change, isPreferred: index === 0 && fix.kind === 'replace' }];
	});
}

/** A command above a line, as the protocol has it. */
export function toCodeLens(document: TextDocument, { node, title, command, argument }: Lens): CodeLens {
	return { range: rangeOf(document, node), command: { title, command, arguments: [argument] } };
}

/** Whether two ranges touch. */
export function touches(document: TextDocument, { node }: Problem, range: Range): boolean {
	return node.offset <= document.offsetAt(range.end) && document.offsetAt(range.start) <= node.offset + node.length;
}

function changeOf(
	document: TextDocument,
	{ node }: Problem,
	fix: Fix,
	lab: LabFileFacts,
): Pick<CodeAction, 'edit' | 'command'> | undefined {
	switch (fix.kind) {
		case 'command':
			return { command: { title: fix.title, command: fix.command, arguments: [fix.argument] } };
		case 'replace':
			return { edit: { changes: { [document.uri]: [{ range: rangeOf(document, node), newText: JSON.stringify(fix.text) }] } } };
		case 'addDevice': {
			const changes = addDeviceChanges(lab, fix);
			const file = TextDocument.create(lab.uri, 'jsonc', 0, lab.text ?? '');
			const edits = changes?.map((change) => editOf(file, change));
			if (edits === undefined) {
				return undefined;
			}
			return {
				edit:
					lab.text === undefined
						? {
								documentChanges: [
									{ kind: 'create', uri: lab.uri, options: { ignoreIfExists: true } },
									{ textDocument: { uri: lab.uri, version: null }, edits },
								],
							}
						: { changes: { [lab.uri]: edits } },
			};
		}
	}
}

function editOf(document: TextDocument, change: TextChange): TextEdit {
	return { range: rangeOf(document, change), newText: change.text };
}

function rangeOf(document: TextDocument, { offset, length }: { readonly offset: number; readonly length: number }): Range {
	return { start: document.positionAt(offset), end: document.positionAt(offset + length) };
}
