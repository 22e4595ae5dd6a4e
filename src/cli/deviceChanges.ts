import type { DeviceInfo, DeviceList } from '../contract/index.ts';
import { batteryText, deviceKind, deviceName, doingText, transportText, trustText } from './deviceText.ts';
import { showable } from './escape.ts';
import type { Style } from './style.ts';

/** What is different between two looks, a line each. */
export function deviceChanges(before: DeviceList | undefined, after: DeviceList, style: Style): string[] {
	const lines: string[] = [];
	const earlier = new Map(before?.devices.map((device) => [device.udid, device]));
	for (const device of after.devices) {
		const old = earlier.get(device.udid);
		const text = `${deviceName(device)} ${style.dim(showable(device.udid))}`;
		if (old === undefined) {
			const facts = [deviceKind(device), transportText(device), trustText(device, style), doingText(device, style)]
				.filter((part) => part !== '')
				.join(', ');
			lines.push(`${style.green('+')} ${text}  ${facts}`);
		} else {
			const news = differences(old, device, style);
			if (news !== '') {
				lines.push(`${style.cyan('~')} ${text}  ${news}`);
			}
		}
		earlier.delete(device.udid);
	}
	for (const gone of earlier.values()) {
		lines.push(`${style.red('-')} ${deviceName(gone)} ${style.dim(showable(gone.udid))}  detached`);
	}
	const problems = new Set(before?.problems.map((problem) => problem.message));
	for (const problem of after.problems) {
		if (!problems.delete(problem.message)) {
			lines.push(`${style.yellow('!')} ${showable(problem.message)}`);
		}
	}
	return lines;
}

function differences(old: DeviceInfo, device: DeviceInfo, style: Style): string {
	const aspects: ((info: DeviceInfo) => string)[] = [
		(info) => (info.name === undefined ? '' : `named ${deviceName(info)}`),
		deviceKind,
		transportText,
		(info) => trustText(info, style),
		(info) => (info.encryption === 'unknown' ? '' : `encryption ${info.encryption}`),
		(info) => (info.batteryPercent === undefined ? '' : `battery ${batteryText(info)}`),
		(info) => doingText(info, style) || 'idle',
	];
	return aspects
		.filter((aspect) => aspect(old) !== aspect(device))
		.map((aspect) => aspect(device))
		.filter((text) => text !== '')
		.join(', ');
}
