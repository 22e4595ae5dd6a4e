import type { MbFile } from './mbFile.ts';
import { KEYS } from './mbFileKeys.ts';

/**
 * Writes the `file` column of one row: a binary property list as NSKeyedArchiver lays it out.
 *
 * A backup has hundreds of thousands of rows that differ only in a dozen scalars. So everything that never changes is laid out once per
 * shape (with or without key, digest, attributes, target), and a row is that block, its own values, and the offset table.
 * Measured: 500,000 rows in less than 2 s on one busy core.
 */
export function encodeMbFile(file: MbFile): Uint8Array {
	const template = TEMPLATES[shapeOf(file)] as Template;
	const values = new ValueWriter(template.constants, boundOf(file, template));
	values.string(file.relativePath);
	values.integer(file.sizeBytes);
	values.integer(file.mode);
	values.integer(file.userId);
	values.integer(file.groupId);
	values.integer(file.inode);
	values.integer(file.modifiedAtSeconds);
	values.integer(file.statusChangedAtSeconds);
	values.integer(file.createdAtSeconds);
	values.integer(file.protectionClass);
	values.integer(file.flags);
	if (file.encryptionKey !== undefined) {
		values.data(file.encryptionKey);
	}
	if (file.digest !== undefined) {
		values.data(file.digest);
	}
	if (file.extendedAttributes !== undefined) {
		values.data(file.extendedAttributes);
	}
	if (file.target !== undefined) {
		values.string(file.target);
	}
	return values.finish(template);
}

/** Objects that are the same in every record of one shape. Their numbers follow those of the values. */
interface Template {
	/** Header and constant objects. */
	readonly constants: Uint8Array;
	readonly constantOffsets: readonly number[];
	readonly topObject: number;
}

/** The values of a record in the order in which `encodeMbFile` writes them; optional ones are present by shape. */
const ALWAYS = [
	KEYS.relativePath,
	KEYS.size,
	KEYS.mode,
	KEYS.userId,
	KEYS.groupId,
	KEYS.inode,
	KEYS.modified,
	KEYS.statusChanged,
	KEYS.created,
	KEYS.protectionClass,
	KEYS.flags,
] as const;
const OPTIONAL = [KEYS.encryptionKey, KEYS.digest, KEYS.extendedAttributes, KEYS.target] as const;

/** The optional values that a shape contains: bit n stands for OPTIONAL[n]. */
function shapeOf(file: MbFile): number {
	return (
		(file.encryptionKey === undefined ? 0 : 1) |
		(file.digest === undefined ? 0 : 2) |
		(file.extendedAttributes === undefined ? 0 : 4) |
		(file.target === undefined ? 0 : 8)
	);
}

const TRAILER_BYTES = 32;

/** The longest that a record can become: every integer with 9 bytes, every character with 2, every offset with 4. */
function boundOf(file: MbFile, template: Template): number {
	const lengths =
		file.relativePath.length * 2 +
		(file.target?.length ?? 0) * 2 +
		(file.encryptionKey?.length ?? 0) +
		(file.digest?.length ?? 0) +
		(file.extendedAttributes?.length ?? 0);
	const values = ALWAYS.length + OPTIONAL.length;
	return template.constants.length + lengths + values * 9 + (template.constantOffsets.length + values) * 4 + TRAILER_BYTES;
}

function buildTemplate(shape: number): Template {
	const present = [...ALWAYS, ...OPTIONAL.filter((_, bit) => (shape & (1 << bit)) !== 0)];
	const parts: number[] = [...'bplist00'].map((letter) => letter.charCodeAt(0));
	const constantOffsets: number[] = [];
	const known = new Map<string, number>();
	const object = (bytes: readonly number[]): number => {
		constantOffsets.push(parts.length);
		parts.push(...bytes);
		// Where an object lies is independent of its number, so the values can have the first numbers and the last places.
		return present.length + constantOffsets.length - 1;
	};
	const string = (text: string): number => {
		const number = known.get(text) ?? object([...marker(0x50, text.length), ...[...text].map((letter) => letter.charCodeAt(0))]);
		known.set(text, number);
		return number;
	};
	const uid = (value: number): number => object([0x80, value]);
	const array = (items: readonly number[]): number => object([...marker(0xa0, items.length), ...items]);
	const dict = (items: readonly (readonly [key: number, value: number])[]): number =>
		object([...marker(0xd0, items.length), ...items.map(([key]) => key), ...items.map(([, value]) => value)]);
	const classObject = (names: readonly string[]): number => {
		const nameObjects = names.map(string);
		return dict([
			[string('$classname'), nameObjects[0] as number],
			[string('$classes'), array(nameObjects)],
		]);
	};

	// `$objects` of the archive; its item 1 is the root, which is complete only at the end.
	const archived: number[] = [string('$null'), 0];
	const behindUid = (value: number): number => uid(archived.push(value) - 1);
	const needsData = present.includes(KEYS.encryptionKey) || present.includes(KEYS.extendedAttributes);
	const dataClass = needsData ? behindUid(classObject(['NSMutableData', 'NSData', 'NSObject'])) : 0;
	const fields = present.map((key, value): [number, number] => {
		if (key === KEYS.relativePath || key === KEYS.target) {
			return [string(key), behindUid(value)];
		}
		if (key === KEYS.encryptionKey || key === KEYS.extendedAttributes) {
			const wrapper = dict([
				[string('NS.data'), value],
				[string('$class'), dataClass],
			]);
			return [string(key), behindUid(wrapper)];
		}
		return [string(key), value];
	});
	fields.push([string('$class'), behindUid(classObject(['MBFile', 'NSObject']))]);
	archived[1] = dict(fields);
	const objects = array(archived);
	const top = dict([[string('root'), uid(1)]]);
	const topObject = dict([
		[string('$version'), object([0x12, 0x00, 0x01, 0x86, 0xa0])],
		[string('$archiver'), string('NSKeyedArchiver')],
		[string('$top'), top],
		[string('$objects'), objects],
	]);
	return { constants: Uint8Array.from(parts), constantOffsets, topObject };
}

function marker(kind: number, count: number): number[] {
	return count < 15 ? [kind | count] : [kind | 15, 0x10, count];
}

const TEMPLATES: readonly Template[] = Array.from({ length: 1 << OPTIONAL.length }, (_, shape) => buildTemplate(shape));

/** Appends values to the constants of a template, and closes the property list. */
class ValueWriter {
	readonly #bytes: Buffer;
	readonly #offsets: number[] = [];
	#end: number;

	constructor(constants: Uint8Array, boundBytes: number) {
		this.#bytes = Buffer.allocUnsafe(boundBytes);
		this.#bytes.set(constants);
		this.#end = constants.length;
	}

	/** One, two and four bytes are unsigned; negative and longer numbers take eight. */
	integer(value: number): void {
		this.#offsets.push(this.#end);
		const bytes = this.#bytes;
		if (value >= 0 && value <= 0xff) {
			bytes[this.#end] = 0x10;
			bytes[this.#end + 1] = value;
			this.#end += 2;
		} else if (value >= 0 && value <= 0xffff) {
			bytes[this.#end] = 0x11;
			this.#end = bytes.writeUInt16BE(value, this.#end + 1);
		} else if (value >= 0 && value <= 0xffff_ffff) {
			bytes[this.#end] = 0x12;
			this.#end = bytes.writeUInt32BE(value, this.#end + 1);
		} else {
			bytes[this.#end] = 0x13;
			this.#end = bytes.writeBigInt64BE(BigInt(value), this.#end + 1);
		}
	}

	data(value: Uint8Array): void {
		this.#offsets.push(this.#end);
		this.#marker(0x40, value.length);
		this.#bytes.set(value, this.#end);
		this.#end += value.length;
	}

	string(value: string): void {
		this.#offsets.push(this.#end);
		if (isAscii(value)) {
			this.#marker(0x50, value.length);
			this.#end += this.#bytes.write(value, this.#end, 'latin1');
			return;
		}
		this.#marker(0x60, value.length);
		for (let index = 0; index < value.length; index++) {
			this.#end = this.#bytes.writeUInt16BE(value.charCodeAt(index), this.#end);
		}
	}

	finish(template: Template): Uint8Array {
		const tableOffset = this.#end;
		const offsets = [...this.#offsets, ...template.constantOffsets];
		const offsetBytes = tableOffset <= 0xffff ? 2 : 4;
		for (const offset of offsets) {
			this.#end = this.#bytes.writeUIntBE(offset, this.#end, offsetBytes);
		}
		this.#bytes.fill(0, this.#end, this.#end + TRAILER_BYTES);
		this.#bytes[this.#end + 6] = offsetBytes;
		this.#bytes[this.#end + 7] = 1;
		this.#bytes.writeUInt32BE(offsets.length, this.#end + 12);
		this.#bytes.writeUInt32BE(template.topObject, this.#end + 20);
		this.#bytes.writeUInt32BE(tableOffset, this.#end + 28);
		return this.#bytes.subarray(0, this.#end + TRAILER_BYTES);
	}

	#marker(kind: number, count: number): void {
		if (count < 15) {
			this.#bytes[this.#end++] = kind | count;
			return;
		}
		this.#bytes[this.#end] = kind | 15;
		this.#bytes[this.#end + 1] = 0x12;
		this.#end = this.#bytes.writeUInt32BE(count, this.#end + 2);
	}
}

function isAscii(text: string): boolean {
	for (let index = 0; index < text.length; index++) {
		if (text.charCodeAt(index) > 0x7f) {
			return false;
		}
	}
	return true;
}
