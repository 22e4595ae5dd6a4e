import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { exitCodeOf, isFailureCode } from '../../../src/cli/exitCodes.ts';
import { failureLines } from '../../../src/cli/failure.ts';
import { adviceFor, dataSafety } from '../../../src/cli/sentences.ts';
import { shellWord, type FailureFacts, type Operation } from '../../../src/cli/facts.ts';
import { createStyle } from '../../../src/cli/style.ts';
import { VERSION } from '../../../src/cli/version.ts';
import { ERROR_CODES } from '../../../src/contract/index.ts';

const OPERATIONS: readonly Operation[] = [
	'look',
	'pair',
	'backup',
	'restore',
	'snapshot',
	'rollback',
	'store',
	'encryption',
	'cloud',
	'lab',
];
const plain = createStyle(false);
const facts = (overrides: Partial<FailureFacts> = {}): FailureFacts => ({
	operation: 'backup',
	message: 'It was so.',
	details: {},
	...overrides,
});

describe('Sentences about failures', () => {
	it('say for every code what happened and, but for two, what to do next', () => {
		const silent = ['CANCELLED', 'WRONG_USE'];
		for (const code of ERROR_CODES) {
			for (const operation of OPERATIONS) {
				const { what, next } = adviceFor(code, facts({ operation, device: 'Lab-1' }));
				assert.match(what, /^[“A-Z].*[.…!?]$/s, code);
				assert.equal(next === undefined, silent.includes(code), code);
				assert.match(next ?? 'Fine.', /[.`]$/, code);
			}
		}
	});

	it('say for every code whether data is safe where data is in question', () => {
		for (const code of ERROR_CODES) {
			for (const operation of ['backup', 'restore', 'snapshot', 'rollback', 'encryption'] as const) {
				assert.match(dataSafety(code, facts({ operation })) ?? '', /\.$/);
			}
			assert.equal(dataSafety(code, facts({ operation: 'look' })), undefined);
		}
		assert.match(dataSafety('CONNECTION_LOST', facts()) ?? '', /last finished backup/);
		assert.match(dataSafety('CONNECTION_LOST', facts({ operation: 'restore' })) ?? '', /restore it again/);
		assert.match(dataSafety('CONNECTION_LOST', facts({ operation: 'snapshot' })) ?? '', /so are all snapshots/);
		assert.match(dataSafety('CONNECTION_LOST', facts({ operation: 'rollback' })) ?? '', /roll it back again/);
		assert.match(dataSafety('HOST_FULL', facts({ operation: 'store' })) ?? '', /is untouched/);
		assert.equal(dataSafety('STORE_DAMAGED', facts({ operation: 'store' })), undefined);
		assert.equal(dataSafety('FIND_MY_ON', facts({ operation: 'rollback' })), 'Nothing was changed on the device.');
		assert.equal(dataSafety('FIND_MY_ON', facts({ operation: 'restore' })), 'Nothing was changed on the device.');
	});

	it('use what is known', () => {
		assert.match(
			adviceFor('HOST_FULL', facts({ details: { wantedBytes: 9e9, freeBytes: 1e9 } })).what,
			/9\.0 GB are needed, 1\.0 GB are free/,
		);
		assert.match(adviceFor('DEVICE_AMBIGUOUS', facts({ details: { candidates: ['A1', 'A2'] } })).what, /A1, A2/);
		assert.match(
			adviceFor('SNAPSHOT_AMBIGUOUS', facts({ details: { candidates: [{ id: 'a1b2c3d4e5', name: 'clean' }, { id: 'a1b2ffff00' }, 7] } }))
				.what,
			/^It was so\. Perhaps “clean” \(a1b2c3d4\), a1b2ffff\.$/,
		);
		assert.match(adviceFor('DEVICE_NOT_FOUND', facts({ operation: 'store', device: 'x' })).what, /No device with snapshots is “x”/);
		assert.match(adviceFor('NOT_PAIRED', facts({ device: "Anna's iPhone" })).next ?? '', /devicelab pair "Anna's iPhone"/);
	});

	it('tell the errors of the device apart by their reason, with its own words behind', () => {
		const details = { errorCode: 208, deviceText: 'Device locked\u001b[2J (MBErrorDomain/208)', reason: 'device-locked' };
		assert.deepEqual(failureLines({ code: 'BACKUP_ERROR', message: 'x', details }, facts({ details, device: 'Lab-1' }), plain), [
			'devicelab: The passcode was not entered on “Lab-1” in time, or it was locked again.',
			'  Your data The device is as it was. The last finished backup in the folder, if there is one, is untouched and usable.',
			'  Next      Run the command again, stay with the phone, and enter the passcode when its screen asks for it.',
			'  It said   Device locked\\u001b[2J (MBErrorDomain/208)',
		]);
	});

	it('quote the device only where it said something: what is found in a package before is told once', () => {
		const message = 'The provisioning profile expired on 2020-01-01 (0xe8008018).';
		const details = { deviceError: 'ApplicationVerificationFailed', deviceText: message };
		const told = (more: object): string[] => {
			const all = { ...details, ...more };
			return failureLines(
				{ code: 'INSTALL_REFUSED', message, details: all },
				facts({ details: all, message, operation: 'install' }),
				plain,
			);
		};
		const safe = '  Your data Nothing was changed on the device.';
		const next = '  Next      Renew it in Xcode › Settings › Accounts, and build again. Profiles of free teams last seven days.';
		assert.deepEqual(told({ foundBefore: true }), [`devicelab: ${message}`, safe, next]);
		assert.deepEqual(told({}), [
			'devicelab: The certificate or profile that signed the app is no longer valid.',
			safe,
			next,
			`  It said   ${message}`,
		]);
	});

	it('let no control characters of names, paths or messages through', () => {
		const evil = 'x\u001b[2J\u202e';
		for (const code of ERROR_CODES) {
			const details = {
				address: evil,
				path: evil,
				candidates: [evil, { id: evil, name: evil }],
				holder: evil,
				device: evil,
				backup: evil,
				deviceError: evil,
				udid: evil,
			};
			const lines = failureLines({ code, message: evil, details }, facts({ device: evil, folder: evil, message: evil, details }), plain);
			// eslint-disable-next-line no-control-regex
			assert.doesNotMatch(lines.join(''), /[\u0000-\u001f\u202e]/, code);
		}
	});

	it('quote words as they are typed in a shell', () => {
		assert.deepEqual(['Lab-1', "Anna's iPhone", 'a"b$c`', ''].map(shellWord), ['Lab-1', '"Anna\'s iPhone"', '"a\\"b\\$c\\`"', '""']);
	});
});

describe('Exit codes', () => {
	it('follow the table of the documentation', () => {
		const check = (expected: number, ...codes: string[]): void =>
			codes.forEach((code) => assert.equal(isFailureCode(code) ? exitCodeOf(code) : undefined, expected, code));
		check(1, 'INTERNAL', 'DEVICE_REFUSED', 'ADDRESS_IN_USE', 'FOLDER_UNUSABLE');
		check(2, 'WRONG_USE', 'DEVICE_AMBIGUOUS', 'UNKNOWN_VERB', 'SNAPSHOT_NOT_FOUND', 'SNAPSHOT_AMBIGUOUS', 'NAME_TAKEN', 'NAME_UNUSABLE');
		check(3, 'DEVICE_NOT_FOUND', 'NOT_PAIRED', 'DEVICE_LOCKED', 'PAIRING_DENIED', 'MUX_UNAVAILABLE', 'NO_LAB');
		check(
			4,
			'FIND_MY_ON',
			'IOS_TOO_OLD',
			'WRONG_PASSWORD',
			'PASSWORD_REQUIRED',
			'DEVICE_BUSY',
			'NOT_A_BACKUP',
			'CABLE_NEEDED',
			'STORE_BUSY',
			'STORE_NEWER',
		);
		check(5, 'CONNECTION_LOST', 'BACKUP_ERROR', 'TIMED_OUT', 'HOST_FULL');
		check(6, 'BACKUP_DAMAGED', 'STORE_DAMAGED');
		check(7, 'CANCELLED');
	});

	it('tell errors of the device apart', () => {
		const check = (reason: string | undefined, expected: number): void =>
			assert.equal(exitCodeOf('BACKUP_ERROR', { errorCode: 1, reason }), expected);
		check('device-locked', 3);
		check('setup-unfinished', 3);
		check('find-my-on', 4);
		check('files-unreadable', 5);
		check(undefined, 5);
	});

	it('of an unfinished backup depend on what was asked', () => {
		assert.equal(exitCodeOf('BACKUP_UNFINISHED', {}, { operation: 'restore' }), 4);
		assert.equal(exitCodeOf('BACKUP_UNFINISHED', {}, { operation: 'backup' }), 5);
	});
});

describe('A failure before the work began', () => {
	it('changed nothing, whatever it is', () => {
		assert.equal(exitCodeOf('FOLDER_UNUSABLE', {}, { operation: 'restore', begun: false }), 4);
		assert.equal(dataSafety('FOLDER_UNUSABLE', facts({ operation: 'restore', begun: false })), 'Nothing was changed on the device.');
		assert.equal(dataSafety('CONNECTION_LOST', facts({ begun: false })), 'Nothing was changed.');
	});
});

describe('The version', () => {
	it("is the manifest's", () => {
		const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string };
		assert.equal(VERSION, manifest.version);
	});
});
