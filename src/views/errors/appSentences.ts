import * as vscode from 'vscode';
import { plainText } from '../text.ts';
import { textDetail, type FailureFacts, type SentenceOf } from './facts.ts';

/** Codes about an app on a device. */
type AppCode = 'APP_NOT_FOUND' | 'APP_NOT_DEBUGGABLE' | 'APP_RUNNING' | 'PACKAGE_UNUSABLE' | 'INSTALL_REFUSED';

const app = (known: FailureFacts): string => textDetail(known, 'bundleId') ?? textDetail(known, 'app') ?? vscode.l10n.t('the app');

/** Sentences for them. */
export const appSentences: Readonly<Record<AppCode, SentenceOf>> = {
	APP_NOT_FOUND: (known) => ({
		message: plainText(known.report.message, 400),
		next: vscode.l10n.t('Install the app, or name it by its bundle identifier.'),
	}),
	APP_NOT_DEBUGGABLE: (known) => ({
		message: vscode.l10n.t('{0} is not signed for development, and iOS gives out the data of no other app.', app(known)),
		next: vscode.l10n.t('Install a development build of it, or use a snapshot of the whole device.'),
	}),
	APP_RUNNING: (known) => ({
		message: vscode.l10n.t('{0} is running, and may write while its data is read or replaced.', app(known)),
		next: vscode.l10n.t('Close it on the device, and try again.'),
	}),
	PACKAGE_UNUSABLE: () => ({
		message: vscode.l10n.t('This is not an app that can be installed: a part of it is missing or cannot be read.'),
		next: vscode.l10n.t('Build it again, for a device and signed, and try again.'),
	}),
	INSTALL_REFUSED: ({ subject }) => ({
		message: vscode.l10n.t('{0} did not install the app.', subject),
		next: vscode.l10n.t('See that it is signed for this device and for its iOS; the log has the device’s own words.'),
	}),
};
