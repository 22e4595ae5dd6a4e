/**
 * Names for files that are copied out of a backup, good on every system: nothing that Windows reserves or cuts off, no separators, no controls
 * and no characters that reorder text, at most 255 bytes. One instance for each target folder, because a phone tells `readme` from `README` and
 * two forms of `é`, and most computers do not.
 */
export class SafeNames {
	/** Names that are taken, folded, for each folder. */
	readonly #taken = new Map<string, Set<string>>();
	readonly #folders = new Map<string, string>();

	/**
	 * A path below the target folder, with `/` between its components, that nothing else has.
	 * @param place - components as the phone has them.
	 */
	filePath(place: readonly string[]): string {
		const folder = this.folderPath(place.slice(0, -1));
		return join(folder, this.#claim(folder, safeFileName(place.at(-1) ?? '')));
	}

	/** The same for a folder: the same components always give the same one. */
	folderPath(place: readonly string[]): string {
		let path = '';
		let key = '';
		for (const component of place) {
			key += `${component}/`;
			const known = this.#folders.get(key);
			path = known ?? join(path, this.#claim(path, safeFileName(component)));
			this.#folders.set(key, path);
		}
		return path;
	}

	#claim(folder: string, name: string): string {
		const taken = this.#taken.get(folder) ?? new Set();
		this.#taken.set(folder, taken);
		const dot = name.lastIndexOf('.');
		const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
		let free = name;
		for (let number = 2; taken.has(folded(free)); number++) {
			free = cut(`${stem}`, MAX_NAME_BYTES - Buffer.byteLength(extension) - 12) + ` (${number})${extension}`;
		}
		taken.add(folded(free));
		return free;
	}
}

/** One name that every system takes, as close to `name` as can be. Never empty. */
export function safeFileName(name: string): string {
	let safe = name
		.replace(/\p{Surrogate}/gu, '_')
		// eslint-disable-next-line no-control-regex
		.replace(/[\u0000-\u001f\u007f-\u009f<>:"/\\|?*\u200e\u200f\u2028-\u202e\u2066-\u2069\u061c\ufeff]/g, '_')
		.replace(/[. ]+$/, (end: string) => '_'.repeat(end.length));
	if (RESERVED.test(safe)) {
		safe = `_${safe}`;
	}
	if (Buffer.byteLength(safe) > MAX_NAME_BYTES) {
		const extension = /\.[A-Za-z0-9]{1,10}$/.exec(safe)?.[0] ?? '';
		safe = cut(safe.slice(0, safe.length - extension.length), MAX_NAME_BYTES - extension.length) + extension;
	}
	return safe === '' ? '_' : safe;
}

const MAX_NAME_BYTES = 240;

/** Names of devices on Windows, with any extension, and with spaces before it, which older versions do not see. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$) *(?:\.|$)/i;

function folded(name: string): string {
	return name.normalize('NFD').toLowerCase().normalize('NFC').toUpperCase();
}

function cut(text: string, maxBytes: number): string {
	let kept = '';
	let bytes = 0;
	for (const character of text) {
		bytes += Buffer.byteLength(character);
		if (bytes > maxBytes) {
			break;
		}
		kept += character;
	}
	return kept.replace(/[. ]+$/, '');
}

function join(folder: string, name: string): string {
	return folder === '' ? name : `${folder}/${name}`;
}
