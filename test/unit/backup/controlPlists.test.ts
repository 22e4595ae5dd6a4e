import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
	BackupError,
	encodeInfoPlist,
	encodeManifestPlist,
	encodeStatusPlist,
	readInfoPlist,
	readManifestPlist,
	readStatusPlist,
} from '../../../src/backup/index.ts';

function fixture(name: string): Uint8Array {
	return new Uint8Array(readFileSync(new URL(`../../fixtures/backup/${name}`, import.meta.url)));
}

const date = new Date('2026-03-01T12:00:00Z');

describe('Status.plist', () => {
	const status = {
		snapshotState: 'finished',
		backupState: 'new',
		isFullBackup: false,
		date,
		uuid: '11111111-2222-3333-4444-555555555555',
		version: '3.3',
	};

	it('is read from another encoder', () => {
		assert.deepEqual(readStatusPlist(fixture('Status.plist')), status);
	});

	it('round-trips, with the 189 bytes that a device writes', () => {
		const bytes = encodeStatusPlist(status);
		assert.equal(bytes.length, 189);
		assert.deepEqual(readStatusPlist(bytes), status);
	});

	it('has undefined fields for what is missing', () => {
		assert.deepEqual(
			Object.values(readStatusPlist(encodeStatusPlist({}))).filter((value) => value !== undefined),
			[],
		);
	});
});

describe('Manifest.plist', () => {
	it('is read from another encoder', () => {
		const manifest = readManifestPlist(fixture('Manifest.plist'));
		assert.deepEqual(
			{
				...manifest,
				backupKeybag: manifest.backupKeybag?.length,
				manifestKey: manifest.manifestKey?.length,
				applications: [...manifest.applications],
			},
			{
				isEncrypted: true,
				version: '10.0',
				systemDomainsVersion: '24.0',
				date,
				wasPasscodeSet: true,
				backupKeybag: 1388,
				manifestKey: 44,
				device: {
					buildVersion: '23E999',
					deviceClass: 'iPhone',
					deviceName: 'Telefon ä',
					productType: 'iPhone17,1',
					productVersion: '26.4',
					serialNumber: 'F00EXAMPLE1',
					uniqueDeviceId: '00008140-000A1B2C3D4E5F60',
				},
				lockdownDomains: { 'com.apple.Accessibility': { __proto__: null, x: 1 } },
				applications: [
					['com.example.app', { bundleVersion: '12', path: '/private/var/containers/x', containerContentClass: 'Data/Application' }],
				],
			},
		);
	});

	it('round-trips', () => {
		const manifest = readManifestPlist(fixture('Manifest.plist'));
		assert.deepEqual(readManifestPlist(encodeManifestPlist(manifest)), manifest);
	});

	it('fills in the versions of current systems', () => {
		const manifest = readManifestPlist(encodeManifestPlist({ isEncrypted: false, date, backupKeybag: new Uint8Array(1), device: {} }));
		assert.deepEqual([manifest.version, manifest.systemDomainsVersion, manifest.wasPasscodeSet], ['10.0', '24.0', false]);
	});
});

describe('Info.plist', () => {
	it('is read from another encoder', () => {
		const info = readInfoPlist(fixture('Info.plist'));
		assert.equal(info.deviceName, 'Phone & <co>');
		assert.equal(info.guid, '000102030405060708090A0B0C0D0E0F');
		assert.deepEqual(info.lastBackupDate, date);
		assert.deepEqual(info.installedApplications, ['com.example.app']);
		assert.deepEqual([...info.applications.keys()], ['com.example.app']);
		assert.deepEqual(info.applications.get('com.example.app')?.placeholderIcon, new Uint8Array(Buffer.from('png')));
		assert.deepEqual(info.itunesFiles.get('VoiceMemos.plist'), new Uint8Array(Buffer.from('vm')));
	});

	it('round-trips as XML', () => {
		const info = { ...readInfoPlist(fixture('Info.plist')), imei: '350000000000000', ibooksData2: new Uint8Array([0, 255]) };
		const bytes = encodeInfoPlist(info);
		assert.equal(Buffer.from(bytes).toString('latin1', 0, 5), '<?xml');
		assert.deepEqual(readInfoPlist(bytes), info);
	});
});

describe('control files', () => {
	const readers = { 'Status.plist': readStatusPlist, 'Manifest.plist': readManifestPlist, 'Info.plist': readInfoPlist };
	for (const [name, read] of Object.entries(readers)) {
		const check = (bytes: Uint8Array): void => {
			try {
				read(bytes);
			} catch (error) {
				assert.ok(BackupError.is(error, 'DAMAGED_MANIFEST'), String(error));
				assert.equal(error.details['file'], name);
			}
		};

		it(`${name} that is empty or no dictionary is reported by name`, () => {
			for (const text of ['', 'x', '<plist><array/></plist>', 'bplist00']) {
				const bytes = new Uint8Array(Buffer.from(text));
				assert.throws(
					() => read(bytes),
					(error) => BackupError.is(error, 'DAMAGED_MANIFEST') && error.details['file'] === name,
				);
			}
		});

		it(`${name} ends in a clean error or a result for damaged bytes`, () => {
			const whole = fixture(name);
			for (let end = 0; end < whole.length; end += 7) {
				check(whole.subarray(0, end));
			}
			const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
			fc.assert(
				fc.property(changes, (list) => {
					const copy = whole.slice();
					list.forEach(([offset, value]) => (copy[offset] = value));
					check(copy);
				}),
				{ numRuns: 300 },
			);
		});

		it(`${name} with values of other types has undefined fields`, () => {
			const xml = Buffer.from(fixture('Info.plist'))
				.toString()
				.replaceAll(/<(string|date|data)>[^<]*<\/\1>/g, '<integer>7</integer>');
			assert.doesNotThrow(() => read(new Uint8Array(Buffer.from(xml))));
		});
	}
});
