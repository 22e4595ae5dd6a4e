import { AFC_STATUS } from '../../../device/afc/frame.ts';
import { AfcFailure, splitPath } from './nodes.ts';
import type { Volume, VolumeFile } from './volume.ts';

const SHOWN = 'Documents';

/** A container of which only the documents are shown: the root holds `Documents`, and all else is refused. */
export class DocumentsVolume implements Volume {
	readonly #whole: Volume;

	constructor(whole: Volume) {
		this.#whole = whole;
	}

	list(path: string): string[] {
		return splitPath(path).length === 0 ? [SHOWN] : this.#whole.list(shown(path));
	}

	info(path: string): ReturnType<Volume['info']> {
		return this.#whole.info(splitPath(path).length === 0 ? path : shown(path));
	}

	open(...[path, mode]: Parameters<Volume['open']>): VolumeFile {
		return this.#whole.open(shown(path), mode);
	}

	makeDirectory(path: string): void {
		this.#whole.makeDirectory(shown(path));
	}

	remove(path: string): void {
		this.#whole.remove(inside(path));
	}

	removeAll(path: string): void {
		this.#whole.removeAll(inside(path));
	}

	rename(from: string, to: string): void {
		this.#whole.rename(inside(from), inside(to));
	}

	link(...[type, target, path]: Parameters<Volume['link']>): void {
		this.#whole.link(type, type === 'hard' ? shown(target) : target, inside(path));
	}

	truncate(path: string, sizeBytes: number): void {
		this.#whole.truncate(shown(path), sizeBytes);
	}

	setTime(path: string, timeMs: number): void {
		this.#whole.setTime(shown(path), timeMs);
	}
}

function shown(path: string): string {
	if (splitPath(path)[0] !== SHOWN) {
		throw new AfcFailure(AFC_STATUS.PERMISSION_DENIED);
	}
	return path;
}

function inside(path: string): string {
	if (splitPath(path).length < 2) {
		throw new AfcFailure(AFC_STATUS.PERMISSION_DENIED);
	}
	return shown(path);
}
