import assert from 'node:assert/strict';
import {
	backupErrorReason,
	backupRequest,
	changePasswordRequest,
	cloudBackupRequest,
	helloRequest,
	readFinalAnswer,
	readHelloAnswer,
	restoreRequest,
	type BackupErrorReason,
	type RestoreOptions,
} from '../../../../src/device/mobilebackup2/messages.ts';
import { encodeBinaryPlist, encodeXmlPlist, parsePlist, type PlistDict } from '../../../../src/plist/index.ts';
import { throwsWith } from '../../../support/deviceError.ts';

const plain: RestoreOptions = {
	restoreSystemFiles: true,
	preserveSettings: false,
	removeItemsNotRestored: false,
	preserveCameraRoll: false,
	reboot: true,
	copyBackup: false,
	password: undefined,
};

describe('Backup requests', () => {
	const table: [string, PlistDict, PlistDict][] = [
		['a backup has no options', backupRequest('U', false), { MessageName: 'Backup', TargetIdentifier: 'U', SourceIdentifier: 'U' }],
		[
			'a full backup forces it',
			backupRequest('U', true),
			{ MessageName: 'Backup', TargetIdentifier: 'U', SourceIdentifier: 'U', Options: { ForceFullBackup: true } },
		],
		[
			'encryption on has the new password alone',
			changePasswordRequest('U', undefined, 'new'),
			{ MessageName: 'ChangePassword', TargetIdentifier: 'U', NewPassword: 'new' },
		],
		[
			'encryption off has the old password alone',
			changePasswordRequest('U', 'old', undefined),
			{ MessageName: 'ChangePassword', TargetIdentifier: 'U', OldPassword: 'old' },
		],
		[
			'a change has both',
			changePasswordRequest('U', 'old', 'new'),
			{ MessageName: 'ChangePassword', TargetIdentifier: 'U', OldPassword: 'old', NewPassword: 'new' },
		],
		[
			'iCloud backup stands at both levels',
			cloudBackupRequest('U', false),
			{
				MessageName: 'EnableCloudBackup',
				TargetIdentifier: 'U',
				SourceIdentifier: 'U',
				CloudBackupState: false,
				Options: { CloudBackupState: false },
			},
		],
		[
			'a restore names everything but the password',
			restoreRequest('U', 'OTHER', plain),
			{
				MessageName: 'Restore',
				TargetIdentifier: 'U',
				SourceIdentifier: 'OTHER',
				Options: {
					RestoreSystemFiles: true,
					RestorePreserveSettings: false,
					RemoveItemsNotRestored: false,
					RestoreShouldReboot: true,
					RestoreDontCopyBackup: true,
				},
			},
		],
		[
			'a restore turns each option round',
			restoreRequest('U', 'U', {
				restoreSystemFiles: false,
				preserveSettings: true,
				removeItemsNotRestored: true,
				preserveCameraRoll: true,
				reboot: false,
				copyBackup: true,
				password: 'pw',
			}),
			{
				MessageName: 'Restore',
				TargetIdentifier: 'U',
				SourceIdentifier: 'U',
				Options: {
					RestoreSystemFiles: false,
					RestorePreserveSettings: true,
					RemoveItemsNotRestored: true,
					RestoreShouldReboot: false,
					RestoreDontCopyBackup: false,
					RestorePreserveCameraRoll: true,
					Password: 'pw',
				},
			},
		],
	];
	for (const [name, request, expected] of table) {
		it(`are as measured: ${name}`, () => {
			assert.deepEqual(request, expected);
		});
	}

	it('carry protocol versions as reals, also 2.0', () => {
		const binary = Buffer.from(encodeBinaryPlist(helloRequest()));
		for (const version of [2.0, 2.1]) {
			const real = Buffer.alloc(9);
			real[0] = 0x23;
			real.writeDoubleBE(version, 1);
			assert.ok(binary.includes(real), `${version} as a real of 8 bytes`);
		}
		assert.match(
			Buffer.from(encodeXmlPlist(helloRequest())).toString().replace(/\s/g, ''),
			/<array><real>2(\.0)?<\/real><real>2\.1<\/real><\/array>/,
		);
		assert.equal(helloRequest()['MessageName'], 'Hello');
	});

	it('never ask to erase', () => {
		assert.ok(table.every(([, request]) => !JSON.stringify(request).includes('Erase')));
	});
});

describe('Final answers', () => {
	it('pass with code 0, and Hello with a response', () => {
		readFinalAnswer({ MessageName: 'Response', ErrorCode: 0 });
		readHelloAnswer({ MessageName: 'Response', ErrorCode: 0, ProtocolVersion: 2.1 });
	});

	it('are refused without a code', () => {
		throwsWith(() => readFinalAnswer({ MessageName: 'Response' }), 'PROTOCOL_VIOLATION');
		throwsWith(() => readFinalAnswer({ ErrorCode: '0' }), 'PROTOCOL_VIOLATION');
		const answers: PlistDict[] = [
			{ MessageName: 'Response', ErrorCode: 1 },
			{ MessageName: 'Other', ErrorCode: 0 },
			{ MessageName: 'Response' },
		];
		for (const answer of answers) {
			throwsWith(() => readHelloAnswer(answer), 'PROTOCOL_VIOLATION');
		}
	});

	it("keep the device's own code and text", () => {
		const error = throwsWith(
			() => readFinalAnswer({ ErrorCode: 208, ErrorDescription: 'Device locked (MBErrorDomain/208)' }),
			'BACKUP_ERROR',
		);
		assert.deepEqual(error.details, { errorCode: 208, deviceText: 'Device locked (MBErrorDomain/208)', reason: 'device-locked' });
	});

	it('fold numbers that were sent without a sign', () => {
		// 0xFFFFFFFFFFFFFFF3 as a 16-byte integer, as newer libplist writes -13: bplist00 with one integer.
		const bytes = Buffer.concat([
			Buffer.from('bplist00'),
			Buffer.of(0x14),
			Buffer.alloc(8),
			Buffer.from('fffffffffffffff3', 'hex'),
			Buffer.of(8),
			Buffer.alloc(6),
			Buffer.of(1, 1),
			Buffer.from('0000000000000001000000000000000000000000000000', 'hex'),
			Buffer.of(0x19),
		]);
		for (const code of [parsePlist(bytes), parsePlist(Buffer.from('<plist><integer>18446744073709551603</integer></plist>')), -13]) {
			assert.equal(throwsWith(() => readFinalAnswer({ ErrorCode: code }), 'BACKUP_ERROR').details['errorCode'], -13);
		}
	});

	const reasons: [number, string | undefined, BackupErrorReason][] = [
		[1, undefined, 'other'],
		[1, 'Multi status', 'other'],
		[1, 'Error copying keychain data (MBErrorDomain/1)', 'device-locked'],
		[1, 'Error setting WillEncrypt value in lockdown', 'managed'],
		[1, 'x. Underlying error: y (Other/22).', 'managed'],
		[3, 'Failed to create snapshot: File exists', 'restart-device'],
		[4, undefined, 'backup-invalid'],
		[11, undefined, 'backup-invalid'],
		[22, undefined, 'managed'],
		[100, undefined, 'other'],
		[102, undefined, 'restart-device'],
		[103, undefined, 'device-locked'],
		[104, undefined, 'files-unreadable'],
		[105, 'Insufficient free disk space on drive to back up', 'host-full'],
		[105, 'Insufficient free disk space on device to restore', 'device-full'],
		[105, undefined, 'host-full'],
		[205, undefined, 'backup-invalid'],
		[207, undefined, 'wrong-password'],
		[208, undefined, 'device-locked'],
		[211, undefined, 'find-my-on'],
		[212, undefined, 'setup-unfinished'],
		[999, 'Something new', 'other'],
		[-1, undefined, 'other'],
	];
	for (const [code, text, reason] of reasons) {
		it(`mean ${reason} by ${code}${text === undefined ? '' : `, "${text}"`}`, () => {
			assert.equal(backupErrorReason(code, text), reason);
		});
	}
});
