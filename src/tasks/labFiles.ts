import { parse, type ParseError } from 'jsonc-parser';
import * as vscode from 'vscode';
import { Emitter, type Event } from '../base/index.ts';
import {
	LAB_FILE,
	labDeviceNamed,
	MAX_LAB_FILE_LENGTH,
	readLabFile,
	type LabFile,
	type LabFileDevice,
	type LabHook,
} from '../contract/index.ts';
import { wrongUse } from './definition.ts';

/** What tasks ask of the lab files of this window's folders. */
export interface LabNames {
	/** The device of a friendly name; undefined when no lab file has it. @throws LabFailure `WRONG_USE` - a lab file cannot be used. */
	device(friendlyName: string): Promise<LabFileDevice | undefined>;
	/** The names that tests rely on; none where no lab file says. A lab file that cannot be used says none. */
	baselines(): Promise<readonly string[]>;
	/** The task that is to run at a time; undefined when no lab file names one. @throws LabFailure `WRONG_USE` - a lab file cannot be used. */
	hook(when: LabHook): Promise<string | undefined>;
	/** The phone of this desk that stands for a friendly name, as a person has answered here. */
	mapped(friendlyName: string): string | undefined;
	map(friendlyName: string, udid: string): Promise<void>;
}

const MAPPING_KEY = 'labDevices';

/** The lab files in the folders of this window, read when they are asked for; and which of one's own phones stand for theirs. */
export class LabFiles implements LabNames {
	readonly #state: vscode.Memento;
	readonly #mapped = new Emitter<void>();

	/** Somebody has said which phone a name stands for. */
	readonly onDidMap: Event<void> = this.#mapped.event;

	/** @param state - of the workspace: the answers are about this desk, and are no one else's. */
	constructor(state: vscode.Memento) {
		this.#state = state;
	}

	async device(friendlyName: string): Promise<LabFileDevice | undefined> {
		for (const file of await this.#read()) {
			const device = labDeviceNamed(file, friendlyName);
			if (device !== undefined) {
				return device;
			}
		}
		return undefined;
	}

	async baselines(): Promise<readonly string[]> {
		try {
			return (await this.#read()).flatMap(({ baselines }) => baselines);
		} catch {
			// The list of tasks is no place to complain: a task that uses the file says what is wrong with it.
			return [];
		}
	}

	async hook(when: LabHook): Promise<string | undefined> {
		// What a folder wants to run is for those who trust it.
		return vscode.workspace.isTrusted ? (await this.#read()).find(({ hooks }) => hooks.has(when))?.hooks.get(when) : undefined;
	}

	/** The rules of the first lab file that has some; its baselines count with any rules. @throws LabFailure `WRONG_USE` - it cannot be used. */
	async rules(): Promise<Pick<LabFile, 'baselines' | 'retention'>> {
		const files = vscode.workspace.isTrusted ? await this.#read() : [];
		const retention = files.find((file) => file.retention !== undefined)?.retention;
		return { baselines: files.flatMap(({ baselines }) => baselines), ...(retention === undefined ? {} : { retention }) };
	}

	mapped(friendlyName: string): string | undefined {
		return this.#mapping()[friendlyName.toLowerCase()];
	}

	async map(friendlyName: string, udid: string): Promise<void> {
		await this.#state.update(MAPPING_KEY, { ...this.#mapping(), [friendlyName.toLowerCase()]: udid });
		this.#mapped.fire();
	}

	#mapping(): Readonly<Record<string, string>> {
		return this.#state.get<Readonly<Record<string, string>>>(MAPPING_KEY) ?? {};
	}

	async #read(): Promise<LabFile[]> {
		const files = await Promise.all((vscode.workspace.workspaceFolders ?? []).map(({ uri }) => read(vscode.Uri.joinPath(uri, LAB_FILE))));
		return files.filter((file) => file !== undefined);
	}
}

async function read(uri: vscode.Uri): Promise<LabFile | undefined> {
	let bytes: Uint8Array;
	try {
		bytes = await vscode.workspace.fs.readFile(uri);
	} catch {
		// Most folders have none.
		return undefined;
	}
	const errors: ParseError[] = [];
	const text = new TextDecoder().decode(bytes.subarray(0, MAX_LAB_FILE_LENGTH));
	const reading = readLabFile(parse(text, errors, { allowTrailingComma: true }));
	if (errors.length > 0 || 'problem' in reading) {
		const problem = 'problem' in reading ? reading.problem : vscode.l10n.t('it is no JSON');
		throw wrongUse(vscode.l10n.t('The lab file {0} cannot be used: {1}.', uri.fsPath, problem));
	}
	return reading.file;
}
