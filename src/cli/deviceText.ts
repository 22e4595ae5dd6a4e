import type { DeviceInfo } from '../contract/index.ts';
import { quoted, showable } from './escape.ts';
import { formatBytes } from './format.ts';
import type { Style } from './style.ts';

/** The device in a sentence: `“Anna's iPhone”`. */
export function deviceName(device: DeviceInfo): string {
	return quoted(device.name ?? device.udid);
}

/** `iPhone 15 Pro, iOS 17.5.1`, as far as the device says. */
export function deviceKind(device: DeviceInfo): string {
	const model = device.model ?? device.productType;
	const system = device.iosVersion === undefined ? undefined : `iOS ${device.iosVersion}`;
	return [model, system]
		.filter((part) => part !== undefined)
		.map(showable)
		.join(', ');
}

/** `USB`, `Wi-Fi`, `USB + Wi-Fi`; what connections go over comes first. */
export function transportText(device: DeviceInfo): string {
	const names = { usb: 'USB', network: 'Wi-Fi' };
	return [device.transport, ...device.transports.filter((other) => other !== device.transport)]
		.map((transport) => names[transport])
		.join(' + ');
}

/** `82 %`, `82 % charging`. */
export function batteryText(device: DeviceInfo): string {
	return device.batteryPercent === undefined ? '' : `${device.batteryPercent} %${device.charging === true ? ' charging' : ''}`;
}

/** `37.2 GB of 128 GB free`. */
export function spaceText(device: DeviceInfo): string {
	if (device.freeBytes === undefined) {
		return '';
	}
	return device.totalBytes === undefined
		? `${formatBytes(device.freeBytes)} free`
		: `${formatBytes(device.freeBytes)} of ${formatBytes(device.totalBytes)} free`;
}

/** Whether the device trusts this computer, and whether it is locked. */
export function trustText(device: DeviceInfo, style: Style): string {
	const words = {
		paired: style.green('trusted'),
		'not-paired': style.yellow('not trusted yet'),
		stale: style.yellow('trust expired'),
	}[device.trust];
	return device.locked === true ? `${words}, ${style.yellow('locked')}` : words;
}

/** What it is doing for any program, or that it does not answer; nothing when nothing. */
export function doingText(device: DeviceInfo, style: Style): string {
	const silence = { awaited: style.dim('no answer yet'), none: style.yellow('does not answer') };
	const texts = [device.activity === undefined ? '' : style.cyan(showable(device.activity)), device.answer && silence[device.answer]];
	return texts.filter((text) => text !== undefined && text !== '').join(', ');
}

/** `on`, `off`; nothing when the device keeps it to itself. */
export function knownText(known: DeviceInfo['encryption']): string {
	return known === 'unknown' ? '' : known;
}
