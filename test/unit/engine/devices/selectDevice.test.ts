import assert from 'node:assert/strict';
import type { AttachedDevice } from '../../../../src/device/index.ts';
import { selectDevice } from '../../../../src/engine/devices/selectDevice.ts';
import { EngineError } from '../../../../src/engine/errors.ts';

const LAB_1 = '00008030-0000000000000A01';
const LAB_2 = '00008030-0000000000000A02';
const OLD = 'abcdef0123456789abcdef0123456789abcdef01';
const NAMES: Record<string, string> = { [LAB_1]: 'Lab-1', [LAB_2]: 'Lab-2', [OLD]: '00008' };

describe('Choice of a device', () => {
	const devices = Object.keys(NAMES).map((udid) => ({ udid }) as AttachedDevice);
	const select = async (selector: string): Promise<string> =>
		(await selectDevice(selector, devices, (device) => Promise.resolve(NAMES[device.udid]))).udid;

	for (const [what, selector, expected] of [
		['its UDID', LAB_1, LAB_1],
		['its UDID without the dash, in small letters', LAB_2.replace('-', '').toLowerCase(), LAB_2],
		['a prefix that fits only one', 'ABCD', OLD],
		['its name', 'Lab-2', LAB_2],
		['its name in another case', 'lab-1', LAB_1],
		['a name that looks like the prefix of others', '00008', OLD],
	] as const) {
		it(`takes ${what}`, async () => assert.equal(await select(selector), expected));
	}

	it('refuses a prefix that fits several, and names them', async () => {
		await assert.rejects(select('00008030'), (error) => {
			assert.ok(EngineError.is(error, 'DEVICE_AMBIGUOUS'));
			assert.deepEqual(error.details['candidates'], [LAB_1, LAB_2]);
			return true;
		});
	});

	it('names those that did not say their names when none fits', async () => {
		const answered = (device: AttachedDevice): Promise<string | undefined> =>
			Promise.resolve(device.udid === LAB_2 ? undefined : NAMES[device.udid]);
		await assert.rejects(selectDevice('Lab-2', devices, answered), (error) => {
			assert.ok(EngineError.is(error, 'DEVICE_NOT_FOUND'));
			assert.deepEqual(error.details['nameless'], [LAB_2]);
			return true;
		});
	});

	for (const selector of ['Lab-9', '', '0', 'ffff']) {
		it(`finds nothing for "${selector}"`, async () => {
			await assert.rejects(select(selector), (error) => EngineError.is(error, 'DEVICE_NOT_FOUND'));
		});
	}
});
