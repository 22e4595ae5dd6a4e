import assert from 'node:assert/strict';
import { DeviceError, type DeviceErrorCode } from '../../src/device/errors.ts';

/** Asserts that `work` rejects with a DeviceError of this code, and gives it back for a closer look. */
export async function rejectsWith(work: Promise<unknown>, code: DeviceErrorCode): Promise<DeviceError> {
	let caught: unknown;
	await assert.rejects(work, (error) => {
		caught = error;
		return true;
	});
	assert.ok(DeviceError.is(caught), `not a DeviceError: ${String(caught)}`);
	assert.equal(caught.code, code, caught.message);
	return caught;
}

/** Asserts that `work` throws a DeviceError of this code, and gives it back. */
export function throwsWith(work: () => unknown, code: DeviceErrorCode): DeviceError {
	try {
		work();
	} catch (error) {
		assert.ok(DeviceError.is(error), `not a DeviceError: ${String(error)}`);
		assert.equal(error.code, code, error.message);
		return error;
	}
	assert.fail(`nothing was thrown, ${code} was expected`);
}
