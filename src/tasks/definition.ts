import * as vscode from 'vscode';
import { LabFailure } from '../client/index.ts';
import { PASSCODE_ANSWERS, TASK_ACTIONS, UNCHANGED_ANSWERS, type LabTask } from '../contract/index.ts';

/** As long as a person may need to plug a phone in and unlock it. */
const DEFAULT_WAIT_SECONDS = 300;
const MAX_SECONDS = 24 * 60 * 60;

/**
 * A definition from tasks.json as a task. What it does not name has its default; what it names must make sense.
 * @throws LabFailure `WRONG_USE` - with a sentence about the field.
 */
export function readDefinition(definition: Readonly<Record<string, unknown>>): LabTask {
	const field = new Fields(definition);
	const action = field.word('action', TASK_ACTIONS);
	if (action === undefined) {
		throw wrongUse(vscode.l10n.t('“action” is missing: one of {0}.', TASK_ACTIONS.join(', ')));
	}
	const device = field.text('device');
	const snapshot = field.text('snapshot');
	const name = field.text('name');
	const safety = field.flag('safety');
	const passcodeTimeoutSeconds = field.seconds('passcodeTimeoutSeconds');
	const task: LabTask = {
		action,
		...(device === undefined ? {} : { device }),
		...(snapshot === undefined ? {} : { snapshot }),
		...(name === undefined ? {} : { name }),
		...(safety === undefined ? {} : { safety }),
		...(passcodeTimeoutSeconds === undefined ? {} : { passcodeTimeoutSeconds }),
		ifUnchanged: field.word('ifUnchanged', UNCHANGED_ANSWERS) ?? 'run',
		onPasscodeNeeded: field.word('onPasscodeNeeded', PASSCODE_ANSWERS) ?? 'wait',
		timeoutSeconds: field.seconds('timeoutSeconds') ?? DEFAULT_WAIT_SECONDS,
	};
	refuseNonsense(task);
	return task;
}

/** A failure that the one who wrote the task can put right. */
export function wrongUse(message: string): LabFailure {
	return new LabFailure({ code: 'WRONG_USE', message, details: {} });
}

function refuseNonsense({ action, snapshot, onPasscodeNeeded }: LabTask): void {
	if ((action === 'rollback' || action === 'assertState') && snapshot === undefined) {
		throw wrongUse(vscode.l10n.t('“{0}” needs “snapshot”: the name or the id of the state that is wanted.', action));
	}
	if (onPasscodeNeeded === 'skip' && action !== 'backup') {
		// The launch would go on from a state that nobody named.
		throw wrongUse(vscode.l10n.t('“onPasscodeNeeded”: “skip” is for backups only; here it can be “wait” or “fail”.'));
	}
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
