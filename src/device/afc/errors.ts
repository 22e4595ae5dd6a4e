import { DeviceError } from '../errors.ts';
import { AFC_STATUS } from './frame.ts';

/** The error of an operation that the device answered with `status`. `details`: `status`, `operation` and, where there is one, `path`. */
export function afcError(status: number, operation: string, path?: string): DeviceError {
	const subject = path === undefined ? operation : `${operation} ${path}`;
	return new DeviceError('AFC_ERROR', `The device answered "${statusText(status)}" to: ${subject}.`, {
		details: { status, operation, ...(path === undefined ? {} : { path }) },
	});
}

/** True for an AFC error with one of the given codes of AFC_STATUS. */
export function isAfcStatus(error: unknown, ...statuses: readonly number[]): boolean {
	return DeviceError.is(error, 'AFC_ERROR') && statuses.some((status) => status === error.details['status']);
}

/** The path does not exist. Devices say so with "read error" too, which means what it says only when an open file is read. */
export function isAfcNotFound(error: unknown): boolean {
	return (
		isAfcStatus(error, AFC_STATUS.OBJECT_NOT_FOUND) ||
		(isAfcStatus(error, AFC_STATUS.READ_ERROR) && DeviceError.is(error) && error.details['operation'] !== 'read')
	);
}

/** Somebody else holds the lock; trying again later may help. */
export function isAfcWouldBlock(error: unknown): boolean {
	return isAfcStatus(error, AFC_STATUS.WOULD_BLOCK);
}

/** The folder or file exists, but this service does not show it. */
export function isAfcDenied(error: unknown): boolean {
	return isAfcStatus(error, AFC_STATUS.PERMISSION_DENIED);
}

/** The name of a status code in words, such as `object not found`. */
function statusText(status: number): string {
	const name = Object.entries(AFC_STATUS).find(([, code]) => code === status)?.[0];
	return name === undefined ? `status ${status}` : name.toLowerCase().replaceAll('_', ' ');
}
