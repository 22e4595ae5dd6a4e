import { malformed, type PlistError } from './errors.ts';
import { unescapeXml } from './xmlText.ts';

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;
const LESS = 0x3c;
const GREATER = 0x3e;

/**
 * Walks over the tags and texts of the small part of XML that property lists use: elements, text, character references,
 * the five named entities, CDATA, comments and processing instructions. A document type is stepped over unread:
 * **Invariant:** nothing is ever fetched, and no entity is ever defined.
 */
export class XmlScanner {
	readonly #text: string;
	#at = 0;

	/** Of the tag last read by {@link nextTag}. */
	tagName = '';
	tagOffset = 0;
	/** `</name>` */
	isClosing = false;
	/** `<name/>` */
	isEmpty = false;

	constructor(text: string) {
		this.#text = text;
	}

	/** Steps over the XML declaration, comments and the document type. */
	skipProlog(): void {
		this.#skipMisc();
		if (this.#text.startsWith('<!DOCTYPE', this.#at)) {
			this.#skipDoctype();
			this.#skipMisc();
		}
	}

	/** Reads the next tag; only white space, comments and processing instructions may stand before it. */
	nextTag(): void {
		this.#skipMisc();
		const text = this.#text;
		const start = this.#at;
		if (text.charCodeAt(start) !== LESS) {
			throw this.fail(start >= text.length ? 'the document ends early' : 'text where a tag is expected', start);
		}
		this.tagOffset = start;
		this.isClosing = text.charCodeAt(start + 1) === SLASH;
		const nameStart = this.isClosing ? start + 2 : start + 1;
		let at = nameStart;
		while (at < text.length && !endsName(text.charCodeAt(at))) {
			at++;
		}
		this.tagName = text.slice(nameStart, at);
		this.#finishTag(at);
	}

	/** The text up to `</name>`, which is consumed. The opening tag was just read. */
	readText(name: string): string {
		const text = this.#text;
		let result = '';
		for (;;) {
			const mark = text.indexOf('<', this.#at);
			if (mark < 0) {
				throw this.fail(`<${name}> is not closed`, text.length);
			}
			if (mark > this.#at) {
				result += unescapeXml(text.slice(this.#at, mark), this.#at);
				this.#at = mark;
			}
			if (text.charCodeAt(mark + 1) === SLASH) {
				this.nextTag();
				this.expectClosing(name);
				return result;
			}
			if (text.startsWith('<![CDATA[', mark)) {
				const end = this.#find(']]>', mark);
				result += text.slice(mark + '<![CDATA['.length, end);
				this.#at = end + 3;
			} else if (!this.#skipCommentOrInstruction()) {
				throw this.fail(`an element inside <${name}>`, mark);
			}
		}
	}

	/** Checks that the tag just read is `</name>`. */
	expectClosing(name: string): void {
		if (!this.isClosing || this.tagName !== name) {
			throw this.fail(`</${name}> is expected`, this.tagOffset);
		}
	}

	/** Checks that nothing but white space, comments and padding is left. Some peers pad a message with NUL bytes. */
	expectEnd(): void {
		this.#skipMisc();
		for (let at = this.#at; at < this.#text.length; at++) {
			const code = this.#text.charCodeAt(at);
			if (code !== 0 && !isSpace(code)) {
				throw this.fail('more than one value', at);
			}
		}
	}

	/** The error for the tag or text at `offset`. */
	fail(message: string, offset: number): PlistError {
		return malformed(message, offset);
	}

	/** Steps over attributes to the end of the tag; property lists have none of meaning. */
	#finishTag(from: number): void {
		const text = this.#text;
		let at = from;
		for (; at < text.length; at++) {
			const code = text.charCodeAt(at);
			if (code === GREATER) {
				this.isEmpty = text.charCodeAt(at - 1) === SLASH && !this.isClosing;
				this.#at = at + 1;
				return;
			}
			if (code === LESS) {
				break;
			}
			if (code === QUOTE || code === APOSTROPHE) {
				at = this.#find(code === QUOTE ? '"' : "'", at + 1);
			}
		}
		throw this.fail('a tag that does not end', this.tagOffset);
	}

	#skipMisc(): void {
		do {
			while (isSpace(this.#text.charCodeAt(this.#at))) {
				this.#at++;
			}
		} while (this.#skipCommentOrInstruction());
	}

	#skipCommentOrInstruction(): boolean {
		if (this.#text.startsWith('<!--', this.#at)) {
			this.#at = this.#find('-->', this.#at + 4) + 3;
			return true;
		}
		if (this.#text.startsWith('<?', this.#at)) {
			this.#at = this.#find('?>', this.#at + 2) + 2;
			return true;
		}
		return false;
	}

	/** `<!DOCTYPE plist … [ … ]>`: quotes, comments and the internal subset's brackets hide a `>`. */
	#skipDoctype(): void {
		const text = this.#text;
		const start = this.#at;
		let nesting = 0;
		for (let at = start; at < text.length; at++) {
			switch (text.charAt(at)) {
				case '"':
				case "'":
					at = this.#find(text.charAt(at), at + 1);
					break;
				case '<':
					if (text.startsWith('<!--', at)) {
						at = this.#find('-->', at + 4) + 2;
					} else {
						nesting++;
					}
					break;
				case '>':
					if (--nesting === 0) {
						this.#at = at + 1;
						return;
					}
					break;
			}
		}
		throw this.fail('a document type that does not end', start);
	}

	#find(mark: string, from: number): number {
		const found = this.#text.indexOf(mark, from);
		if (found < 0) {
			throw this.fail(`${mark} is missing`, from);
		}
		return found;
	}
}

function isSpace(code: number): boolean {
	return code === SPACE || code === LF || code === TAB || code === CR;
}

function endsName(code: number): boolean {
	return code === GREATER || code === SLASH || code === LESS || isSpace(code);
}
