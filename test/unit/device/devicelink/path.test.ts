import assert from 'node:assert/strict';
import fc from 'fast-check';
import path from 'node:path';
import { resolveDevicePath } from '../../../../src/device/devicelink/host.ts';
import { throwsWith } from '../../../support/deviceError.ts';

const UDID = '00008030-001A2B3C4D5E6F70';

describe('Paths from the device', () => {
	const safe: [string, string][] = [
		[UDID, UDID],
		[`/${UDID}/Status.plist`, `${UDID}/Status.plist`],
		[`${UDID}//Snapshot/ab/`, `${UDID}/Snapshot/ab`],
		[`${UDID}/Snapshot/ab/abcdef`, `${UDID}/Snapshot/ab/abcdef`],
		[`${UDID}/..hidden`, `${UDID}/..hidden`],
		[`${UDID}/a..b`, `${UDID}/a..b`],
		[`${UDID}/Ünïcode 電話`, `${UDID}/Ünïcode 電話`],
		['other/Status.plist', 'other/Status.plist'],
	];
	for (const [text, expected] of safe) {
		it(`are taken: ${text}`, () => {
			assert.equal(resolveDevicePath(text, [UDID, 'other']), expected);
		});
	}

	const hostile = [
		'',
		'/',
		'.',
		'..',
		'../x',
		'Status.plist',
		'someone-else/Status.plist',
		`${UDID}x/Status.plist`,
		`${UDID.toLowerCase()}/Status.plist`,
		`./${UDID}/a`,
		`${UDID}/..`,
		`${UDID}/../x`,
		`${UDID}/a/../../x`,
		`${UDID}/.`,
		`${UDID}/./a`,
		`${UDID}/...`,
		`${UDID}/.. /x`,
		`${UDID}/ /x`,
		`${UDID}\\..\\x`,
		`${UDID}/a\\b`,
		`${UDID}/C:/x`,
		`C:/${UDID}/x`,
		`${UDID}/file:stream`,
		`${UDID}/a\0b`,
		'\0',
		'//server/share',
		'/etc/passwd',
		'~/x',
	];
	for (const text of hostile) {
		it(`are refused: ${JSON.stringify(text)}`, () => {
			throwsWith(() => resolveDevicePath(text, [UDID]), 'UNSAFE_PATH');
		});
	}

	it('stay below their backup, whatever they are, on any system', () => {
		const part = fc.oneof(fc.constantFrom('..', '.', '', UDID, 'a', ' ', '...', '\\', 'C:', '\0', '.. '), fc.string());
		fc.assert(
			fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
				let resolved;
				try {
					resolved = resolveDevicePath(parts.join('/'), [UDID]);
				} catch {
					return;
				}
				for (const flavour of [path.posix, path.win32]) {
					const relative = flavour.relative(flavour.join('/root', UDID), flavour.join('/root', resolved));
					assert.ok(!relative.startsWith('..') && !flavour.isAbsolute(relative), resolved);
				}
			}),
		);
	});

	it('are told in the error only as far as they are short', () => {
		assert.equal(String(throwsWith(() => resolveDevicePath('x'.repeat(5000), [UDID]), 'UNSAFE_PATH').details['path']).length, 200);
	});
});
