import { createHash } from 'node:crypto';
import { isDict, PlistReal, PlistUid, type PlistDict, type PlistValue } from '../../plist/index.ts';

/** How much text is made. */
export interface TextBounds {
	readonly maxLines: number;
	readonly maxValueChars: number;
}

/**
 * A property list as text that people read and that compares well: one value a line, keys sorted, data as its size and hash. Keyed archives are
 * shown as the objects that were archived.
 * @returns the lines, and whether there would be more.
 */
export function plistLines(value: PlistValue, bounds: TextBounds): { lines: string[]; isCut: boolean } {
	const printer = new Printer(bounds);
	const archive = archiveOf(value);
	if (archive === undefined) {
		printer.print('', '', value, 0);
	} else {
		printer.line(0, '(keyed archive)');
		printer.archived(archive);
	}
	return { lines: printer.lines, isCut: printer.isCut };
}

interface Archive {
	readonly top: PlistDict;
	readonly objects: readonly PlistValue[];
}

function archiveOf(value: PlistValue): Archive | undefined {
	if (!isDict(value) || value['$archiver'] !== 'NSKeyedArchiver') {
		return undefined;
	}
	const [top, objects] = [value['$top'], value['$objects']];
	return isDict(top) && Array.isArray(objects) ? { top, objects } : undefined;
}

const MAX_DEPTH = 60;

class Printer {
	readonly lines: string[] = [];
	isCut = false;
	readonly #bounds: TextBounds;
	#objects: readonly PlistValue[] | undefined;
	readonly #open = new Set<number>();

	constructor(bounds: TextBounds) {
		this.#bounds = bounds;
	}

	archived({ top, objects }: Archive): void {
		this.#objects = objects;
		this.print('', '', top, 0);
	}

	line(depth: number, text: string): void {
		if (this.lines.length >= this.#bounds.maxLines) {
			this.isCut = true;
			return;
		}
		this.lines.push(`${'  '.repeat(depth)}${text}`);
	}

	/** @param label - what stands before the value, such as a key. @param mark - such as the class of an archived object. */
	print(label: string, mark: string, value: PlistValue, depth: number): void {
		if (this.isCut) {
			return;
		}
		const before = label === '' ? '' : `${label}: `;
		if (depth > MAX_DEPTH) {
			this.line(depth, `${before}…`);
		} else if (value instanceof PlistUid && this.#objects !== undefined) {
			this.#reference(label, value.value, depth);
		} else if (Array.isArray(value)) {
			this.line(depth, `${before}${mark}${value.length === 0 ? '[]' : `[${value.length}]`}`);
			value.forEach((item) => this.print('-', '', item, depth + 1));
		} else if (isDict(value)) {
			const keys = Object.keys(value).sort();
			this.line(depth, `${before}${mark}${keys.length === 0 ? '{}' : '{}'.slice(0, label === '' && mark === '' ? 2 : 0)}`.trimEnd());
			keys.forEach((key) => this.print(this.#quoted(key), '', value[key] as PlistValue, depth + 1));
		} else {
			this.line(depth, `${before}${mark}${this.#scalar(value)}`);
		}
	}

	/** An archive may refer to itself; what is being shown already is named only. */
	#reference(label: string, index: number, depth: number): void {
		const object = this.#objects?.[index];
		if (object === undefined || index === 0) {
			this.line(depth, `${label}: nil`);
			return;
		}
		if (this.#open.has(index)) {
			this.line(depth, `${label}: (object ${index}, above)`);
			return;
		}
		this.#open.add(index);
		this.#object(label, object, depth);
		this.#open.delete(index);
	}

	#object(label: string, object: PlistValue, depth: number): void {
		if (!isDict(object)) {
			this.print(label, '', object, depth);
			return;
		}
		const name = this.#className(object['$class']);
		const [keys, items] = [object['NS.keys'], object['NS.objects']];
		if (Array.isArray(keys) && Array.isArray(items)) {
			this.line(depth, `${label}: ${name}{${items.length}}`);
			const pairs = keys.map((key, index) => [this.#keyText(key), items[index]] as const).sort(([a], [b]) => (a < b ? -1 : 1));
			pairs.forEach(([key, item]) => this.print(key, '', item ?? '', depth + 1));
		} else if (Array.isArray(items)) {
			this.print(label, name, items, depth);
		} else {
			const only = object['NS.string'] ?? object['NS.data'];
			if (only !== undefined) {
				this.print(label, name, only, depth);
				return;
			}
			const rest = Object.fromEntries(Object.entries(object).filter(([key]) => key !== '$class'));
			this.print(label, name === '' ? '' : name, rest, depth);
		}
	}

	#keyText(key: PlistValue): string {
		const value = key instanceof PlistUid ? this.#objects?.[key.value] : key;
		return typeof value === 'string' ? this.#quoted(value) : `(${typeof value})`;
	}

	#className(reference: PlistValue | undefined): string {
		const found = reference instanceof PlistUid ? this.#objects?.[reference.value] : undefined;
		const name = isDict(found) ? found['$classname'] : undefined;
		return typeof name === 'string' ? `${this.#cut(name)} ` : '';
	}

	#quoted(key: string): string {
		return /^[\w.$ -]+$/.test(key) ? this.#cut(key) : JSON.stringify(this.#cut(key));
	}

	#scalar(value: Exclude<PlistValue, PlistValue[] | PlistDict>): string {
		if (typeof value === 'string') {
			return JSON.stringify(this.#cut(value));
		}
		if (value instanceof Uint8Array) {
			return describeBytes(value);
		}
		if (value instanceof Date) {
			return Number.isNaN(value.getTime()) ? '(no date)' : value.toISOString();
		}
		if (value instanceof PlistReal) {
			return String(value.value);
		}
		return value instanceof PlistUid ? `UID ${value.value}` : String(value);
	}

	#cut(text: string): string {
		return text.length > this.#bounds.maxValueChars ? `${text.slice(0, this.#bounds.maxValueChars)}… (${text.length} characters)` : text;
	}
}

const SHOWN_BYTES = 16;

/** Bytes for people: few of them as they are, many as their number and hash. */
export function describeBytes(bytes: Uint8Array): string {
	const hex = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, SHOWN_BYTES)).toString('hex');
	return bytes.length <= SHOWN_BYTES
		? `<${hex}>`
		: `<${bytes.length} bytes, SHA-256 ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}…>`;
}
