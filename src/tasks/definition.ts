import * as vscode from 'vscode';
import { LabFailure } from '../client/index.ts';
import {
	NEEDED_FIELDS,
	PASSCODE_ANSWERS,
	RUNNING_ANSWERS,
	TASK_ACTIONS,
	TASK_SCOPES,
	UNCHANGED_ANSWERS,
	type LabTask,
	type TaskAction,
} from '../contract/index.ts';

/** As long as a person may need to plug a phone in and unlock it. */
const DEFAULT_WAIT_SECONDS = 300;
const MAX_SECONDS = 24 * 60 * 60;

/**
 * A definition from tasks.json as a task. What it does not name has its default; what it names must make sense.
 * @param folder - where a path begins that is not absolute.
 * @throws LabFailure `WRONG_USE` - with a sentence about the field.
 */
export function readDefinition(definition: Readonly<Record<string, unknown>>, folder?: vscode.WorkspaceFolder): LabTask {
	const field = new Fields(definition);
	const action = field.word('action', TASK_ACTIONS);
	if (action === undefined) {
		throw wrongUse(vscode.l10n.t('“action” is missing: one of {0}.', TASK_ACTIONS.join(', ')));
	}
	const bundleId = field.text('bundleId');
	const task: LabTask = {
		action,
		...present('device', field.text('device')),
		...present('snapshot', field.text('snapshot')),
		...present('name', field.text('name')),
		...present('bundleId', bundleId),
		...present('file', absolute(field.text('file'), folder)),
		...present('task', field.text('task')),
		...present('launch', field.text('launch')),
		...present('keep', field.count('keep')),
		...present('safety', field.flag('safety')),
		...present('passcodeTimeoutSeconds', field.seconds('passcodeTimeoutSeconds')),
		scope: field.word('scope', TASK_SCOPES) ?? (bundleId === undefined ? 'device' : 'app'),
		ifUnchanged: field.word('ifUnchanged', UNCHANGED_ANSWERS) ?? 'run',
		onPasscodeNeeded: field.word('onPasscodeNeeded', PASSCODE_ANSWERS) ?? 'wait',
		onAppRunning: field.word('onAppRunning', RUNNING_ANSWERS) ?? 'wait',
		hooks: field.flag('hooks') ?? true,
		timeoutSeconds: field.seconds('timeoutSeconds') ?? DEFAULT_WAIT_SECONDS,
	};
	refuseNonsense(task);
	return task;
}

/** A failure that the one who wrote the task can put right. */
export function wrongUse(message: string): LabFailure {
	return new LabFailure({ code: 'WRONG_USE', message, details: {} });
}

/** What a field is that an action cannot do without. */
const MEANINGS: Readonly<Record<NonNullable<(typeof NEEDED_FIELDS)[TaskAction]>, () => string>> = {
	snapshot: () => vscode.l10n.t('the name or the id of the state that is wanted'),
	bundleId: () => vscode.l10n.t('the app whose data is kept'),
	file: () => vscode.l10n.t('an .ipa file or an .app folder'),
	task: () => vscode.l10n.t('the label of the task that is run'),
};

function refuseNonsense(task: LabTask): void {
	const { action, onPasscodeNeeded, scope, bundleId, keep, name } = task;
	const needed = NEEDED_FIELDS[action];
	if (needed !== undefined && task[needed] === undefined) {
		throw wrongUse(vscode.l10n.t('“{0}” needs “{1}”: {2}.', action, needed, MEANINGS[needed]()));
	}
	if (onPasscodeNeeded === 'skip' && action !== 'backup' && action !== 'snapshotOnFailure') {
		// The launch would go on from a state that nobody named.
		throw wrongUse(vscode.l10n.t('“onPasscodeNeeded”: “skip” is for backups only; here it can be “wait” or “fail”.'));
	}
	if (scope === 'device' && bundleId !== undefined) {
		throw wrongUse(vscode.l10n.t('“bundleId” names an app, but “scope” wants the whole device.'));
	}
	if (keep !== undefined && name !== undefined) {
		throw wrongUse(vscode.l10n.t('“keep” counts snapshots without a name: leave “name” or “keep” out.'));
	}
}

function absolute(file: string | undefined, folder: vscode.WorkspaceFolder | undefined): string | undefined {
	const isAbsolute = file === undefined || /^([\\/]|[A-Za-z]:[\\/])/.test(file);
	return isAbsolute || folder === undefined ? file : vscode.Uri.joinPath(folder.uri, file).fsPath;
}

function present<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [N in Name]?: Value } {
	return (value === undefined ? {} : { [name]: value }) as { readonly [N in Name]?: Value };
}

/** The fields of a definition, which people write by hand. An empty text counts as none: a variable may have come out empty. */
class Fields {
	readonly #definition: Readonly<Record<string, unknown>>;

	constructor(definition: Readonly<Record<string, unknown>>) {
		this.#definition = definition;
	}

	text(name: string): string | undefined {
		const value = this.#get(name, 'string', vscode.l10n.t('a text')) as string | undefined;
		const text = value?.trim();
		return text === '' ? undefined : text;
	}

	flag(name: string): boolean | undefined {
		return this.#get(name, 'boolean', vscode.l10n.t('true or false')) as boolean | undefined;
	}

	seconds(name: string): number | undefined {
		const wanted = vscode.l10n.t('a number of seconds');
		const value = this.#get(name, 'number', wanted) as number | undefined;
		if (value !== undefined && !(value > 0 && value <= MAX_SECONDS)) {
			throw wrongField(name, wanted);
		}
		return value;
	}

	count(name: string): number | undefined {
		const wanted = vscode.l10n.t('a whole number from 1 on');
		const value = this.#get(name, 'number', wanted) as number | undefined;
		if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
			throw wrongField(name, wanted);
		}
		return value;
	}

	word<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
		const text = this.text(name);
		const word = words.find((each) => each === text);
		if (text !== undefined && word === undefined) {
			throw wrongField(name, vscode.l10n.t('one of {0}', words.join(', ')));
		}
		return word;
	}

	#get(name: string, type: string, wanted: string): unknown {
		const value = this.#definition[name];
		if (value !== undefined && typeof value !== type) {
			throw wrongField(name, wanted);
		}
		return value;
	}
}

function wrongField(name: string, wanted: string): LabFailure {
	return wrongUse(vscode.l10n.t('“{0}” must be {1}.', name, wanted));
}
