import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import { ERROR_CODES, type ErrorReport, type JobKind } from '../../../src/contract/index.ts';
import { editor } from '../../support/fakeVscode.ts';

const { failureLine, sentenceOf } = await import('../../../src/views/errorMessages.ts');
const { showFailure } = await import('../../../src/views/failures.ts');
const { CancellationError } = await import('vscode');

const report = (code: ErrorReport['code'], details: ErrorReport['details'] = {}, message = 'what the room said'): ErrorReport => ({
	code,
	message,
	details,
});

class Failure extends Error {
	readonly report: ErrorReport;
	constructor(of: ErrorReport) {
		super(of.message);
		this.report = of;
	}
}

describe('sentence of a failure', () => {
	beforeEach(() => editor.reset());

	it('exists for every code, and is one of ours even where nothing is known', () => {
		for (const code of ERROR_CODES) {
			const { message, next } = sentenceOf(report(code), { kind: 'snapshot', device: 'Lab-3' });
			assert.match(message, /\.$|^what the room said$/, code);
			assert.doesNotMatch(`${message} ${next ?? ''}`, /undefined|\{\d\}|devicelab /, code);
		}
	});

	it('says what happened, whether data is safe, and what to do', () => {
		const check = (of: ErrorReport, kind: JobKind | undefined, expected: string): void =>
			assert.equal(failureLine(sentenceOf(of, { device: 'Lab-3', ...(kind === undefined ? {} : { kind }) })), expected);
		check(
			report('CONNECTION_LOST'),
			'snapshot',
			'The connection to “Lab-3” was lost. The device is as it was, and so are all snapshots. The next backup takes over what had arrived. Check the cable, keep this computer awake, and try again.',
		);
		check(
			report('CONNECTION_LOST'),
			'rollback',
			'The connection to “Lab-3” was lost. The snapshots are unchanged. The device may hold a part of this one: roll it back again before you rely on it. Check the cable, keep this computer awake, and try again.',
		);
		check(
			report('BACKUP_ERROR', { reason: 'find-my-on' }),
			'rollback',
			'Find My is on, and “Lab-3” takes no restore while it is. Nothing was changed on the device. On the phone: Settings › your name › Find My › Find My iPhone, turn it off, then try again.',
		);
		check(
			report('HOST_FULL', { neededBytes: 9e9, freeBytes: 1e9 }),
			undefined,
			'There is not enough free space on this computer. 9.0 GB are needed, 1.0 GB are free. Free some space, clean up snapshots, or keep snapshots on another disk.',
		);
		check(
			report('INSTALL_REFUSED', {
				deviceError: 'ApplicationVerificationFailed',
				deviceText: 'Failed to verify code signature: 0xe8008016',
			}),
			'install',
			'The entitlements of the app are not those that its profile allows. The data of the app is as it was. Make the profile anew for this bundle id, and build again.',
		);
		check(
			report(
				'INSTALL_REFUSED',
				{ deviceError: 'DeviceOSVersionTooLow', foundBefore: true },
				'The app needs iOS 99.0, the device runs 18.1.',
			),
			undefined,
			'The app needs iOS 99.0, the device runs 18.1. Lower the minimum deployment target, or update the device.',
		);
		check(
			report('INSTALL_REFUSED', { deviceError: 'Unheard' }, 'Unheard'),
			undefined,
			'“Lab-3” did not install or remove the app. It said: “Unheard”. Look at its screen, unlock it, and try again.',
		);
		check(
			report('PACKAGE_UNUSABLE', {}, 'The archive holds several apps.'),
			undefined,
			'The archive holds several apps. Build it again, for a device and signed, and try again.',
		);
		check(report('ENCRYPTION_ALREADY_OFF'), undefined, 'Backups of “Lab-3” are not encrypted.');
	});

	it('knows no reason by an inherited name', () => {
		assert.match(sentenceOf(report('BACKUP_ERROR', { reason: 'constructor' })).message, /error of its own/);
	});

	it('keeps what the device itself said, on one line', () => {
		assert.equal(sentenceOf(report('BACKUP_ERROR', { deviceText: 'Device\nlocked', errorCode: 208 })).details, 'Device locked (error 208)');
	});
});

describe('failure notification', () => {
	const logged: string[] = [];
	const log = {
		error: (text: string) => logged.push(text),
		debug: () => {},
		show: () => logged.push('shown'),
	} as unknown as vscode.LogOutputChannel;

	beforeEach(() => {
		editor.reset();
		logged.length = 0;
	});

	it('has Show Log and the action that fits, and does what is chosen', async () => {
		editor.answer = ({ actions }) => actions[0];
		await showFailure(new Failure(report('NOT_PAIRED')), log, { target: { udid: 'A', snapshot: 's' } });
		assert.deepEqual(editor.messages[0]?.actions, ['Pair…', 'Show Log']);
		assert.deepEqual(editor.executed, [['deviceLab.device.pair', { udid: 'A' }]]);
		editor.answer = () => 'Show Log';
		await showFailure(new Failure(report('TIMED_OUT')), log);
		assert.deepEqual(editor.messages[1]?.actions, ['Show Log']);
		assert.equal(logged.at(-1), 'shown');
	});

	it('offers to begin anew what an engine was doing that starts again by itself, and to restart one that does not', async () => {
		const check = async (details: ErrorReport['details'], kind: JobKind, says: RegExp, actions: string[]): Promise<void> => {
			editor.messages = [];
			await showFailure(new Failure(report('ENGINE_STOPPED', details)), log, { kind, device: 'Lab-3', target: { udid: 'A' } });
			assert.match(editor.messages[0]?.text ?? '', says);
			assert.deepEqual(editor.messages[0]?.actions, [...actions, 'Show Log']);
		};
		await check({}, 'snapshot', /^The engine of Device Lab ended unexpectedly\. The device is as it was.+ begun again\.$/, [
			'Back Up Again',
		]);
		await check({}, 'rollback', /roll it back again before you rely on it\. The engine is started again by itself\./, ['Roll Back Again…']);
		await check({}, 'verify', /begun again\.$/, []);
		await check({ gaveUp: true }, 'snapshot', /several times and is not started again by itself\..+Restart it;/, ['Restart Engine']);
		editor.answer = ({ actions }) => actions[0];
		await check({}, 'snapshot', /./, ['Back Up Again']);
		assert.deepEqual(editor.executed, [['deviceLab.device.backUp', { udid: 'A' }]]);
	});

	it('is not shown for a cancellation', async () => {
		await showFailure(new CancellationError(), log);
		await showFailure(new Failure(report('CANCELLED')), log);
		assert.deepEqual(editor.messages, []);
	});

	it('takes what is no report for a mistake of this program', async () => {
		await showFailure(new TypeError('x is not a function'), log);
		assert.match(editor.messages[0]?.text ?? '', /^Something went wrong inside Device Lab\./);
		assert.equal(logged[0], 'INTERNAL: x is not a function');
	});

	it('becomes a line in the status bar where notifications are off', async () => {
		editor.settings.set('deviceLab.notifications', 'never');
		await showFailure(new Failure(report('TIMED_OUT')), log, { device: '$(x)' });
		assert.deepEqual(editor.messages, []);
		assert.deepEqual(editor.statusMessages, ['$(error) “\\$(x)” did not answer in time.']);
	});

	it('makes no link of a name', async () => {
		await showFailure(new Failure(report('TIMED_OUT')), log, { device: '[x](command:evil)' });
		assert.doesNotMatch(editor.messages[0]?.text ?? '', /\]\(/);
	});
});
