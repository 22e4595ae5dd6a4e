import assert from 'node:assert/strict';
import { editor } from '../../support/fakeVscode.ts';

const { batteryText, deviceTitle, formatAge, formatBytes, formatMonth, formatPart, formatWhen, transportText } =
	await import('../../../src/views/format.ts');

describe('sizes and times for people', () => {
	beforeEach(() => editor.reset());

	it('counts sizes as phones do', () => {
		const check = (bytes: number, expected: string): void => assert.equal(formatBytes(bytes), expected);
		check(0, '0 bytes');
		check(1, '1 byte');
		check(999, '999 bytes');
		check(1000, '1.0 KB');
		check(999_499, '999 KB');
		check(999_500, '1.0 MB');
		check(3_100_000_000, '3.1 GB');
		assert.equal(formatPart(3_100_000_000, 9_000_000_000), '3.1 of ~9.0 GB');
		assert.equal(formatPart(812_000_000, 9_000_000_000), '812 MB of ~9.0 GB');
	});

	it('writes numbers as the language of the editor does', () => {
		editor.language = 'de';
		assert.equal(formatBytes(3_100_000_000), '3,1 GB');
	});

	it('says when in the words of a row', () => {
		const now = new Date(2026, 10, 22, 12, 0).getTime();
		const at = (...parts: [number, number, number, number, number]): string => formatWhen(new Date(...parts).toISOString(), now);
		assert.match(at(2026, 10, 22, 6, 2), /^Today, 0?6:02/);
		assert.match(at(2026, 10, 21, 23, 59), /^Yesterday, /);
		assert.match(at(2026, 10, 1, 6, 2), /Nov 1.*6:02/);
		assert.match(at(2025, 10, 22, 6, 2), /Nov 22, 2025/);
		assert.equal(formatWhen('never\n', now), 'never');
	});

	it('says how long ago', () => {
		const check = (ms: number, expected: string): void => assert.equal(formatAge(new Date(1e12 - ms).toISOString(), 1e12), expected);
		check(0, 'just now');
		check(-5000, 'just now');
		check(90_000, '1 minute ago');
		check(86_400_000, 'yesterday');
		check(400 * 86_400_000, 'last year');
		assert.equal(formatMonth('2026-11'), 'November 2026');
	});

	it('calls devices as people do', () => {
		assert.equal(deviceTitle({ udid: '00008120-AB', name: 'Lab-3' }), 'Lab-3');
		assert.equal(deviceTitle({ udid: '00008120-ABCDEF', name: '\n' }), 'Device …ABCDEF');
		assert.equal(transportText({ transport: 'usb', transports: ['network', 'usb'] }), 'USB + Wi-Fi');
		assert.equal(batteryText({ batteryPercent: 82, charging: true }), '82 % charging');
		assert.equal(batteryText({}), undefined);
	});
});
