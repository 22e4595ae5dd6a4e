import { modify, parseTree, type ParseError } from 'jsonc-parser';
import type { Fix } from './diagnostics/problem.ts';
import type { LabFileFacts } from './lookup/facts.ts';

/** A change of a text: what stands there gives way to other text. */
export interface TextChange {
	readonly offset: number;
	readonly length: number;
	readonly text: string;
}

/** The changes that add a device to a lab file; comments stay where they are. Undefined for one that is no JSON. */
export function addDeviceChanges(
	{ text }: LabFileFacts,
	{ name, device }: Extract<Fix, { kind: 'addDevice' }>,
): readonly TextChange[] | undefined {
	if (text === undefined || text.trim() === '') {
		return [{ offset: 0, length: text?.length ?? 0, text: `${JSON.stringify({ devices: { [name]: device } }, undefined, '\t')}\n` }];
	}
	const errors: ParseError[] = [];
	if (parseTree(text, errors, { allowTrailingComma: true })?.type !== 'object' || errors.length > 0) {
		return undefined;
	}
	const unit = /^[ \t]+(?=")/m.exec(text)?.[0] ?? '\t';
	const isTab = unit.includes('\t');
	const formattingOptions = { insertSpaces: !isTab, tabSize: isTab ? 4 : unit.length, eol: text.includes('\r\n') ? '\r\n' : '\n' };
	return modify(text, ['devices', name], device, { formattingOptions }).map(({ offset, length, content }) => ({
		offset,
		length,
		text: content,
	}));
}
