import { decodeBase64 } from './base64.ts';
import { limitExceeded } from './errors.ts';
import type { PlistLimits } from './limits.ts';
import { PlistUid, type PlistDict, type PlistValue } from './types.ts';
import { readDate, readInteger, readReal } from './xmlScalars.ts';
import { XmlScanner } from './xmlScanner.ts';
import { decodeXmlBytes } from './xmlText.ts';

/** Apple's spelling of a UID in XML: a dictionary with this key alone. */
export const UID_KEY = 'CF$UID';

/**
 * Parses the XML form, with or without the `<plist>` element around the value.
 *
 * @throws PlistError `MALFORMED` - with the offset in the decoded text. @throws PlistError `LIMIT_EXCEEDED`.
 */
export function parseXmlPlist(bytes: Uint8Array, limits: PlistLimits): PlistValue {
	return new XmlParser(decodeXmlBytes(bytes), limits).parse();
}

class XmlParser {
	readonly #scanner: XmlScanner;
	readonly #limits: PlistLimits;
	#objects = 0;

	constructor(text: string, limits: PlistLimits) {
		this.#scanner = new XmlScanner(text);
		this.#limits = limits;
	}

	parse(): PlistValue {
		const scanner = this.#scanner;
		scanner.skipProlog();
		scanner.nextTag();
		const hasRoot = scanner.tagName === 'plist' && !scanner.isClosing && !scanner.isEmpty;
		if (hasRoot) {
			scanner.nextTag();
		}
		const value = this.#value(1);
		if (hasRoot) {
			scanner.nextTag();
			scanner.expectClosing('plist');
		}
		scanner.expectEnd();
		return value;
	}

	/** The value whose opening tag was just read; consumes its closing tag. */
	#value(depth: number): PlistValue {
		const scanner = this.#scanner;
		this.#count();
		if (scanner.isClosing) {
			throw scanner.fail('a closing tag where a value is expected', scanner.tagOffset);
		}
		switch (scanner.tagName) {
			case 'string':
				return this.#text('string');
			case 'dict':
				return this.#dict(depth);
			case 'array':
				return this.#array(depth);
			case 'true':
			case 'false':
				return this.#boolean(scanner.tagName);
			case 'integer':
				return this.#scalar('integer', readInteger);
			case 'real':
				return this.#scalar('real', readReal);
			case 'date':
				return this.#scalar('date', readDate);
			case 'data':
				return this.#data();
			default:
				throw scanner.fail('an element that property lists do not have', scanner.tagOffset);
		}
	}

	#dict(depth: number): PlistDict | PlistUid {
		const dict = Object.create(null) as PlistDict;
		const scanner = this.#scanner;
		let count = 0;
		let lastTag = '';
		if (this.#enter(depth)) {
			for (scanner.nextTag(); !scanner.isClosing; scanner.nextTag()) {
				if (scanner.tagName !== 'key') {
					throw scanner.fail('a <key> is expected', scanner.tagOffset);
				}
				this.#count();
				count++;
				const key = this.#text('key');
				scanner.nextTag();
				lastTag = scanner.tagName;
				dict[key] = this.#value(depth + 1);
			}
			scanner.expectClosing('dict');
		}
		return count === 1 && lastTag === 'integer' ? asUid(dict) : dict;
	}

	#array(depth: number): PlistValue[] {
		const items: PlistValue[] = [];
		const scanner = this.#scanner;
		if (this.#enter(depth)) {
			for (scanner.nextTag(); !scanner.isClosing; scanner.nextTag()) {
				items.push(this.#value(depth + 1));
			}
			scanner.expectClosing('array');
		}
		return items;
	}

	/** False for `<dict/>` and `<array/>`. */
	#enter(depth: number): boolean {
		if (depth > this.#limits.maxDepth) {
			throw limitExceeded('maxDepth', this.#limits.maxDepth, this.#scanner.tagOffset);
		}
		return !this.#scanner.isEmpty;
	}

	#boolean(name: 'true' | 'false'): boolean {
		if (!this.#scanner.isEmpty) {
			this.#scanner.nextTag();
			this.#scanner.expectClosing(name);
		}
		return name === 'true';
	}

	#scalar<T>(name: string, read: (text: string) => T | undefined): T {
		const offset = this.#scanner.tagOffset;
		const value = read(this.#text(name));
		if (value === undefined) {
			throw this.#scanner.fail(`text that is not a valid <${name}>`, offset);
		}
		return value;
	}

	#data(): Uint8Array {
		const offset = this.#scanner.tagOffset;
		const decoded = decodeBase64(this.#text('data'));
		if (typeof decoded === 'number') {
			throw this.#scanner.fail('<data> that is not base64', offset);
		}
		return decoded;
	}

	#text(name: string): string {
		return this.#scanner.isEmpty ? '' : this.#scanner.readText(name);
	}

	#count(): void {
		if (++this.#objects > this.#limits.maxObjects) {
			throw limitExceeded('maxObjects', this.#limits.maxObjects, this.#scanner.tagOffset);
		}
	}
}

function asUid(dict: PlistDict): PlistDict | PlistUid {
	const value = dict[UID_KEY];
	return typeof value === 'number' && value >= 0 && value <= 0xffff_ffff ? new PlistUid(value) : dict;
}
