/** A size as phones and Finder count it: `3.1 GB` is 3.1 × 1000³ bytes. */
export function formatBytes(bytes: number): string {
	const units = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB'];
	let value = bytes;
	let unit = 0;
	// 999.5 would be shown as 1000.
	while (value >= (unit === 0 ? 1000 : 999.5) && unit < units.length - 1) {
		value /= 1000;
		unit++;
	}
	const digits = unit === 0 || value >= 99.95 ? 0 : 1;
	return `${value.toFixed(digits)} ${bytes === 1 ? 'byte' : units[unit]}`;
}

/** Two sizes of one kind: `3.1 of ~9.0 GB`, `812 MB of ~9.0 GB`; without the tilde where the whole is no estimate. */
export function formatPart(bytes: number, ofBytes: number, isExact = false): string {
	const about = isExact ? '' : '~';
	const [value, unit] = splitUnit(formatBytes(bytes));
	const [wholeValue, wholeUnit] = splitUnit(formatBytes(ofBytes));
	return unit === wholeUnit ? `${value} of ${about}${wholeValue} ${unit}` : `${value} ${unit} of ${about}${wholeValue} ${wholeUnit}`;
}

function splitUnit(size: string): [string, string] {
	const space = size.indexOf(' ');
	return [size.slice(0, space), size.slice(space + 1)];
}

/** `1,204 files`, `1 file`. */
export function formatCount(count: number, noun: string): string {
	return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** How long something took: `0.8 s`, `42 s`, `3 min 05 s`, `1 h 02 min`. */
export function formatDuration(durationMs: number): string {
	const seconds = durationMs / 1000;
	if (seconds < 9.95) {
		return `${seconds.toFixed(1)} s`;
	}
	const whole = Math.round(seconds);
	if (whole < 60) {
		return `${whole} s`;
	}
	if (whole < 3600) {
		return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
	}
	const minutes = Math.round(whole / 60);
	return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** What is left of a wait, no more exactly than anybody knows it. */
export function formatRemaining(remainingMs: number): string {
	const minutes = remainingMs / 60_000;
	if (minutes < 0.8) {
		return 'less than a minute left';
	}
	return minutes < 59.5 ? `about ${Math.round(minutes)} min left` : `about ${(minutes / 60).toFixed(1)} h left`;
}

/** A point in time as people here read it: `2026-11-22 06:02` in local time; the text itself when it is no time. */
export function formatTime(iso: string): string {
	const date = new Date(iso);
	if (Number.isNaN(date.getTime())) {
		return iso;
	}
	const two = (part: number): string => String(part).padStart(2, '0');
	return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
