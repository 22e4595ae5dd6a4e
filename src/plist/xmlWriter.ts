import { encodeBase64 } from './base64.ts';
import { limitExceeded, notEncodable } from './errors.ts';
import { MAX_ENCODED_BYTES } from './limits.ts';
import { encodeUtf8 } from './platform.ts';
import type { PlistDict, PlistValue } from './types.ts';
import { classify, EncodeBudget } from './values.ts';
import { UID_KEY } from './xmlParser.ts';
import { writeDate, writeReal } from './xmlScalars.ts';
import { escapeXml, LONGEST_ESCAPE } from './xmlText.ts';

const HEADER =
	'<?xml version="1.0" encoding="UTF-8"?>\n' +
	'<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n' +
	'<plist version="1.0">\n';
const FOOTER = '</plist>\n';
const base64LineLength = 76;

/**
 * Writes the XML form in Apple's layout, UTF-8.
 *
 * Text that XML cannot carry is refused, not changed: control characters, U+FFFE, U+FFFF and unpaired surrogates.
 * The binary form carries all of them. Dates lose their milliseconds.
 *
 * @throws PlistError `NOT_ENCODABLE` - with the path. @throws PlistError `LIMIT_EXCEEDED` - too deep (a cycle, too), too many, too large.
 */
export function encodeXmlPlist(value: PlistValue): Uint8Array {
	const writer = new XmlWriter();
	writer.put(HEADER);
	writer.value(value, '');
	writer.put(FOOTER);
	return writer.finish();
}

class XmlWriter {
	readonly #budget = new EncodeBudget();
	#text = '';

	/** Appends text; V8 joins such a string once, when it is read. */
	put(text: string): void {
		if (this.#text.length + text.length > MAX_ENCODED_BYTES) {
			throw limitExceeded('maxBytes', MAX_ENCODED_BYTES);
		}
		this.#text += text;
	}

	value(value: PlistValue, indent: string): void {
		this.#budget.spend();
		const classified = classify(value, this.#budget.path);
		switch (classified.kind) {
			case 'string':
				this.put(`${indent}<string>${this.#escape(classified.value)}</string>\n`);
				break;
			case 'integer':
				this.put(`${indent}<integer>${classified.value}</integer>\n`);
				break;
			case 'real':
				this.put(`${indent}<real>${writeReal(classified.value)}</real>\n`);
				break;
			case 'boolean':
				this.put(`${indent}<${classified.value}/>\n`);
				break;
			case 'date':
				this.put(`${indent}<date>${writeDate(classified.value)}</date>\n`);
				break;
			case 'data':
				this.#data(classified.value, indent);
				break;
			case 'uid':
				this.#dict({ [UID_KEY]: classified.value }, indent);
				break;
			case 'array':
				this.#array(classified.value, indent);
				break;
			case 'dict':
				this.#dict(classified.value, indent);
				break;
		}
	}

	finish(): Uint8Array {
		return encodeUtf8(this.#text);
	}

	#array(items: readonly PlistValue[], indent: string): void {
		this.#budget.enter();
		if (items.length === 0) {
			this.put(`${indent}<array/>\n`);
			return;
		}
		this.put(`${indent}<array>\n`);
		// By index, not by iterator: a hole must be met as `undefined` and refused.
		for (let i = 0; i < items.length; i++) {
			this.#child(String(i), items[i] as PlistValue, `${indent}\t`);
		}
		this.put(`${indent}</array>\n`);
	}

	#dict(dict: PlistDict, indent: string): void {
		this.#budget.enter();
		const keys = Object.keys(dict);
		if (keys.length === 0) {
			this.put(`${indent}<dict/>\n`);
			return;
		}
		this.#budget.spend(keys.length);
		this.put(`${indent}<dict>\n`);
		for (const key of keys) {
			this.put(`${indent}\t<key>${this.#escape(key)}</key>\n`);
			this.#child(key, dict[key] as PlistValue, `${indent}\t`);
		}
		this.put(`${indent}</dict>\n`);
	}

	#child(key: string, value: PlistValue, indent: string): void {
		this.#budget.path.push(key);
		this.value(value, indent);
		this.#budget.path.pop();
	}

	#data(bytes: Uint8Array, indent: string): void {
		// 4 characters for 3 bytes; checked before the text is made.
		if (bytes.length > (MAX_ENCODED_BYTES / 4) * 3) {
			throw limitExceeded('maxBytes', MAX_ENCODED_BYTES);
		}
		const base64 = encodeBase64(bytes);
		this.put(`${indent}<data>\n`);
		for (let at = 0; at < base64.length; at += base64LineLength) {
			this.put(`${indent}${base64.slice(at, at + base64LineLength)}\n`);
		}
		this.put(`${indent}</data>\n`);
	}

	#escape(text: string): string {
		if (text.length > MAX_ENCODED_BYTES / LONGEST_ESCAPE) {
			throw limitExceeded('maxBytes', MAX_ENCODED_BYTES);
		}
		const escaped = escapeXml(text);
		if (escaped === undefined) {
			throw notEncodable('text with a character that XML does not allow', this.#budget.path);
		}
		return escaped;
	}
}
