import { readFile, stat } from 'node:fs/promises';
import * as path from 'node:path';
import { parse, printParseErrorCode, type ParseError } from 'jsonc-parser';
import { errorText } from '../../base/index.ts';
import { LAB_FILE, MAX_LAB_FILE_LENGTH, readLabFile, type LabFile } from '../../contract/index.ts';
import { EngineError } from '../errors.ts';

/** A lab file that was found. */
interface FoundLabFile {
	readonly path: string;
	readonly file: LabFile;
}

/**
 * The lab file of the work tree that a folder lies in: of the folder itself, or of the nearest one above it. `DEVICELAB_LAB_FILE` names another;
 * empty, it says that there is none.
 *
 * @returns undefined when there is none.
 * @throws EngineError `WRONG_USE` - it cannot be read, or is none: details.path.
 */
export async function findLabFile(
	folder: string,
	environment: Readonly<Record<string, string | undefined>>,
): Promise<FoundLabFile | undefined> {
	const named = environment['DEVICELAB_LAB_FILE'];
	if (named !== undefined) {
		return named === '' ? undefined : read(path.resolve(folder, named));
	}
	for (let at = path.resolve(folder); ; at = path.dirname(at)) {
		const file = path.join(at, LAB_FILE);
		if (await isFile(file)) {
			return read(file);
		}
		if (at === path.dirname(at)) {
			return undefined;
		}
	}
}

async function isFile(file: string): Promise<boolean> {
	try {
		return (await stat(file)).isFile();
	} catch {
		// Whatever keeps it from being seen: a folder above that may not be looked into has no lab file for us.
		return false;
	}
}

async function read(file: string): Promise<FoundLabFile> {
	const refuse = (problem: string): EngineError =>
		new EngineError('WRONG_USE', `The lab file ${file} cannot be used: ${problem}.`, { details: { path: file } });
	let text: string;
	try {
		if ((await stat(file)).size > MAX_LAB_FILE_LENGTH) {
			throw refuse('it is too large');
		}
		text = await readFile(file, 'utf8');
	} catch (error) {
		throw EngineError.is(error) ? error : refuse(errorText(error));
	}
	const errors: ParseError[] = [];
	const value: unknown = parse(text.replace(/^\uFEFF/, ''), errors, { allowTrailingComma: true });
	const [first] = errors;
	if (first !== undefined) {
		const line = text.slice(0, first.offset).split('\n').length;
		// `CloseBracketExpected`, as the library has it.
		const words = printParseErrorCode(first.error)
			.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`)
			.toLowerCase();
		throw refuse(`line ${line} is no JSON (${words})`);
	}
	const reading = readLabFile(value);
	if ('problem' in reading) {
		throw refuse(reading.problem);
	}
	return { path: file, file: reading.file };
}
