import { DeviceError } from '../../device/index.ts';
import { EngineError } from '../errors.ts';
import { NoLongerDue } from '../store/takeSnapshot.ts';

/** Whether somebody else had the device first. */
export function isBusy(error: unknown): boolean {
	return EngineError.is(error, 'DEVICE_BUSY') || DeviceError.is(error, 'SYNC_BUSY');
}

/** Work that nobody asked for: when somebody else has the device, it ends as if it were cancelled. @throws NoLongerDue, which is an AbortError. */
export async function quietWhenBusy<T>(work: Promise<T>): Promise<T> {
	try {
		return await work;
	} catch (error) {
		throw isBusy(error) ? new NoLongerDue() : error;
	}
}
