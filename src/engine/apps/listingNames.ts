/**
 * Names of an app's container as a listing of the store takes them. A device's file system allows nearly everything in a name, a listing does
 * not; and a name of 40 hex digits would be taken for a file of a backup. See docs/store-format.md.
 */
const ROOT = 'AppData';

/** The listing's path of a path of the container (`/Documents/a.txt`). */
export function toListingPath(containerPath: string): string {
	return [
		ROOT,
		...containerPath
			.split('/')
			.filter((name) => name !== '')
			.map(encodeName),
	].join('/');
}

/** The path in the container; undefined for what was not written by `toListingPath`. */
export function fromListingPath(listingPath: string): string | undefined {
	const [root, ...names] = listingPath.split('/');
	if (root !== ROOT || names.length === 0) {
		return undefined;
	}
	const decoded = names.map(decodeName);
	const isSafe = decoded.every((name) => name !== undefined && name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name));
	return isSafe ? `/${decoded.join('/')}` : undefined;
}

function encodeName(name: string): string {
	if (/^[. ]+$/.test(name) || /^[0-9a-f]{40}$/.test(name)) {
		return percent(name.slice(0, 1)) + encodeName(name.slice(1));
	}
	// A character that is none on its own (half a pair) has become U+FFFD on its way here, and stays what it is.
	return name.replaceAll(/[%:\\\0]|\p{Surrogate}/gu, percent);
}

function percent(character: string): string {
	return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

function decodeName(name: string): string | undefined {
	try {
		return decodeURIComponent(name);
	} catch {
		// Nobody wrote this name here: a store may have been changed by others.
		return undefined;
	}
}
