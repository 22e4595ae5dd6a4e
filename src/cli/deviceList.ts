import type { DeviceInfo } from '../contract/index.ts';
import { batteryText, deviceKind, doingText, knownText, spaceText, transportText, trustText } from './deviceText.ts';
import { showable } from './escape.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';
import { textWidth } from './textWidth.ts';

interface Column {
	readonly heading: string;
	readonly cell: (device: DeviceInfo, style: Style) => string;
	/** Left out on a terminal that is too narrow for all: 1 first. */
	readonly spare?: 1 | 2;
}

const COLUMNS: readonly Column[] = [
	{ heading: 'NAME', cell: (device, style) => style.bold(showable(device.name ?? '–')) },
	{ heading: 'MODEL', cell: (device) => showable(device.model ?? device.productType ?? '') },
	{ heading: 'IOS', cell: (device) => showable(device.iosVersion ?? '') },
	{ heading: 'OVER', cell: transportText },
	{ heading: 'BATTERY', cell: batteryText, spare: 2 },
	{ heading: 'SPACE', cell: spaceText, spare: 1 },
	{ heading: 'TRUST', cell: trustText },
	{ heading: 'ENCRYPTED', cell: (device) => knownText(device.encryption), spare: 2 },
	{ heading: 'DOING', cell: doingText },
	{ heading: 'UDID', cell: (device) => showable(device.udid) },
];

/** Sorts behind every name. */
const NAMELESS = '\uffff';

/** The table of devices by name, with as many columns as fit; two lines each where the terminal is too narrow even for the fewest. */
export function deviceLines(found: readonly DeviceInfo[], style: Style, width: number): string[] {
	if (found.length === 0) {
		return [];
	}
	const devices = [...found].sort((a, b) => (a.name ?? NAMELESS).localeCompare(b.name ?? NAMELESS, undefined, { numeric: true }));
	for (const most of [0, 1, 2]) {
		const columns = COLUMNS.filter(({ spare }) => spare === undefined || spare > most);
		const [heading = '', ...rows] = renderTable(
			columns.map((column) => column.heading),
			devices.map((device) => columns.map((column) => column.cell(device, style))),
		);
		if ([heading, ...rows].every((line) => textWidth(line) <= width)) {
			return [style.dim(heading), ...rows];
		}
	}
	return devices.flatMap((device) => {
		const facts = [showable(device.udid), battery(device), spaceText(device), encrypted(device)];
		return [
			...wrapped([style.bold(showable(device.name ?? '–')), deviceKind(device), transportText(device), trustText(device, style)], width),
			...wrapped(facts, width - 2).map((line) => `  ${style.dim(line)}`),
			...[doingText(device, style)].filter((text) => text !== '').map((text) => `  ${text}`),
		];
	});
}

/** The parts that there are, on as few lines as they fit. */
function wrapped(parts: readonly string[], width: number): string[] {
	const lines: string[] = [];
	for (const part of parts.filter((text) => text !== '')) {
		const longer = lines.length === 0 ? part : `${lines.at(-1)} · ${part}`;
		if (lines.length === 0 || textWidth(longer) > width) {
			lines.push(part);
		} else {
			lines[lines.length - 1] = longer;
		}
	}
	return lines;
}

function battery(device: DeviceInfo): string {
	const text = batteryText(device);
	return text === '' ? '' : `battery ${text}`;
}

function encrypted(device: DeviceInfo): string {
	return device.encryption === 'on' ? 'encrypted backups' : '';
}
