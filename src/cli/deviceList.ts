import type { DeviceInfo } from '../contract/index.ts';
import { batteryText, deviceKind, knownText, spaceText, transportText, trustText } from './deviceText.ts';
import { showable } from './escape.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';
import { textWidth } from './textWidth.ts';

/** The table of devices, or two lines each where the terminal is too narrow for it. */
export function deviceLines(devices: readonly DeviceInfo[], style: Style, width: number): string[] {
	if (devices.length === 0) {
		return [];
	}
	const headings = ['NAME', 'MODEL', 'IOS', 'OVER', 'BATTERY', 'SPACE', 'TRUST', 'ENCRYPTED', 'DOING', 'UDID'];
	const [heading = '', ...rows] = renderTable(
		headings,
		devices.map((device) => [
			style.bold(showable(device.name ?? '–')),
			showable(device.model ?? device.productType ?? ''),
			showable(device.iosVersion ?? ''),
			transportText(device),
			batteryText(device),
			spaceText(device),
			trustText(device, style),
			knownText(device.encryption),
			style.cyan(showable(device.activity ?? '')),
			showable(device.udid),
		]),
	);
	if ([heading, ...rows].every((line) => textWidth(line) <= width)) {
		return [style.dim(heading), ...rows];
	}
	return devices.flatMap((device) => [
		[style.bold(showable(device.name ?? '–')), deviceKind(device), transportText(device), trustText(device, style)]
			.filter((part) => part !== '')
			.join(' · '),
		`  ${style.dim([showable(device.udid), battery(device), spaceText(device), encrypted(device)].filter((part) => part !== '').join(' · '))}`,
		...(device.activity === undefined ? [] : [`  ${style.cyan(showable(device.activity))}`]),
	]);
}

function battery(device: DeviceInfo): string {
	const text = batteryText(device);
	return text === '' ? '' : `battery ${text}`;
}

function encrypted(device: DeviceInfo): string {
	return device.encryption === 'on' ? 'encrypted backups' : '';
}
