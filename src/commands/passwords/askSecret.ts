import * as vscode from 'vscode';
import { literalText, unlinked } from '../../views/index.ts';

/** A question for a secret. */
export interface SecretQuestion {
	/** The command that asks, and for what. */
	readonly title: string;
	readonly prompt: string;
	readonly step?: number;
	readonly totalSteps?: number;
	/** Offers to remember it, which is on at first; nothing is offered when it is absent. */
	readonly offersToRemember?: boolean;
	/** Where it is kept when it is remembered, in a sentence; the editor's secret storage when absent. */
	readonly keptWhere?: string;
	/** What can be done when nobody knows it any more; offered when it is there. */
	readonly whenLost?: string;
	/** What is worth knowing while it is typed. */
	hint?(value: string): string | undefined;
	/** Why what was typed is not taken, in a sentence; undefined when it is. May take seconds. */
	check(value: string): Promise<string | undefined> | string | undefined;
}

/** What was typed and taken. */
export interface Secret {
	/** A secret. */
	readonly value: string;
	readonly remember: boolean;
}

/**
 * Asks for a secret, which is not shown, until one is taken. What is wrong with it is said in the box, and it can be typed again.
 * @throws CancellationError - the box was closed. Whatever `check` throws.
 */
export function askSecret(question: SecretQuestion): Promise<Secret> {
	const box = vscode.window.createInputBox();
	box.title = question.title;
	box.password = true;
	box.ignoreFocusOut = true;
	box.step = question.step;
	box.totalSteps = question.totalSteps;
	let remember = question.offersToRemember === true;
	const lostButton: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('question'), tooltip: vscode.l10n.t('It Is Lost…') };
	const show = (): void => {
		const where = remember
			? (question.keptWhere ?? vscode.l10n.t("It is kept in the editor's secret storage."))
			: vscode.l10n.t('It is used this once and not kept.');
		box.prompt = literalText(question.offersToRemember === true ? `${question.prompt} ${where}` : question.prompt);
		box.buttons = [
			...(question.offersToRemember === true ? [rememberButton(remember)] : []),
			...(question.whenLost === undefined ? [] : [lostButton]),
		];
	};
	show();
	return new Promise<Secret>((resolve, reject) => {
		box.onDidTriggerButton((button) => {
			if (button === lostButton) {
				void vscode.window.showInformationMessage(unlinked(question.whenLost ?? ''));
				return;
			}
			remember = !remember;
			show();
		});
		box.onDidChangeValue((value) => {
			const hint = question.hint?.(value);
			box.validationMessage = hint === undefined ? undefined : { message: hint, severity: vscode.InputBoxValidationSeverity.Info };
		});
		box.onDidHide(() => reject(new vscode.CancellationError()));
		const accept = async (): Promise<void> => {
			const { value } = box;
			box.busy = true;
			box.enabled = false;
			const refusal = await question.check(value);
			box.busy = false;
			box.enabled = true;
			if (refusal === undefined) {
				resolve({ value, remember });
			} else {
				box.validationMessage = { message: unlinked(refusal), severity: vscode.InputBoxValidationSeverity.Error };
			}
		};
		box.onDidAccept(() => {
			// What is being checked is not checked again.
			if (!box.busy) {
				accept().catch(reject);
			}
		});
		box.show();
	}).finally(() => box.dispose());
}

function rememberButton(remember: boolean): vscode.QuickInputButton {
	return remember
		? { iconPath: new vscode.ThemeIcon('key'), tooltip: vscode.l10n.t('Do Not Remember It') }
		: { iconPath: new vscode.ThemeIcon('circle-slash'), tooltip: vscode.l10n.t('Remember It') };
}
