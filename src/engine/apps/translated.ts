import { AFC_STATUS, isAfcStatus } from '../../device/index.ts';
import { EngineError } from '../errors.ts';
import { translated } from '../store/translated.ts';

/** As `translated`, for work on a device: who holds the device's lease works on the device, and a device may be full. */
export async function translatedForDevice<T>(work: () => Promise<T>): Promise<T> {
	try {
		return await translated(work);
	} catch (error) {
		if (EngineError.is(error, 'STORE_BUSY') && 'holder' in error.details) {
			throw new EngineError('DEVICE_BUSY', 'Another process backs up or restores this device.', { cause: error, details: error.details });
		}
		if (isAfcStatus(error, AFC_STATUS.NO_SPACE_LEFT)) {
			throw new EngineError('DEVICE_FULL', 'There is not enough free space on the device.', { cause: error });
		}
		throw error;
	}
}
