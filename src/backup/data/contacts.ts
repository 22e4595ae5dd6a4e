import type { SafeDatabase } from '../sqlite/safeDatabase.ts';
import { appleTime, numberOf, textOf } from './values.ts';

/** One person or company of the address book. */
export interface Contact {
	readonly id: number;
	readonly first?: string;
	readonly middle?: string;
	readonly last?: string;
	readonly prefix?: string;
	readonly suffix?: string;
	readonly nickname?: string;
	readonly organization?: string;
	readonly department?: string;
	readonly jobTitle?: string;
	readonly note?: string;
	/** The moment of the day; its time of day means nothing. */
	readonly birthday?: Date;
	readonly phones: readonly LabelledValue[];
	readonly emails: readonly LabelledValue[];
	readonly urls: readonly LabelledValue[];
	readonly addresses: readonly LabelledAddress[];
}

export interface LabelledValue {
	/** In lower case, without Apple's brackets: `mobile`, `home`, or what the owner wrote. */
	readonly label: string | undefined;
	readonly value: string;
}

export interface LabelledAddress {
	readonly label: string | undefined;
	readonly street: string;
	readonly city: string;
	readonly state: string;
	readonly zip: string;
	readonly country: string;
}

/** Numbers of the column `property` of ABMultiValue. Source: the constants of Apple's AddressBook framework. */
const PROPERTY_PHONE = 3;
const PROPERTY_EMAIL = 4;
const PROPERTY_ADDRESS = 5;
const PROPERTY_URL = 22;

const MAX_ROWS = 2_000_000;

/** Everybody in an AddressBook.sqlitedb. */
export function readContacts(db: SafeDatabase): Contact[] {
	const labels = new Map<number, string>();
	for (const row of db.rows('ABMultiValueLabel', ['value'], { limit: MAX_ROWS })) {
		labels.set(numberOf(row.rowid), (textOf(row.value) ?? '').replace(/^_\$!<(.*)>!\$_$/, '$1').toLowerCase());
	}
	const parts = readAddressParts(db);
	const values = new Map<
		number,
		{ phones: LabelledValue[]; emails: LabelledValue[]; urls: LabelledValue[]; addresses: LabelledAddress[] }
	>();
	for (const row of db.rows('ABMultiValue', ['UID', 'record_id', 'property', 'label', 'value'], { limit: MAX_ROWS })) {
		const person = numberOf(row.record_id);
		const of = values.get(person) ?? { phones: [], emails: [], urls: [], addresses: [] };
		values.set(person, of);
		const label = labels.get(numberOf(row.label)) || undefined;
		const value = textOf(row.value);
		const property = numberOf(row.property);
		const address = parts.get(numberOf(row.UID ?? row.rowid));
		if (property === PROPERTY_ADDRESS && address !== undefined) {
			of.addresses.push({ label, ...address });
		} else if (value !== undefined) {
			const list =
				property === PROPERTY_PHONE ? of.phones : property === PROPERTY_EMAIL ? of.emails : property === PROPERTY_URL ? of.urls : undefined;
			list?.push({ label, value });
		}
	}
	return [...db.rows('ABPerson', PERSON_COLUMNS, { limit: MAX_ROWS })].map((row) => {
		const id = numberOf(row.ROWID ?? row.rowid);
		const of = values.get(id);
		const birthday = appleTime(row.Birthday);
		return {
			id,
			...definedTexts({
				first: row.First,
				middle: row.Middle,
				last: row.Last,
				prefix: row.Prefix,
				suffix: row.Suffix,
				nickname: row.Nickname,
				organization: row.Organization,
				department: row.Department,
				jobTitle: row.JobTitle,
				note: row.Note,
			}),
			...(birthday === undefined ? {} : { birthday }),
			phones: of?.phones ?? [],
			emails: of?.emails ?? [],
			urls: of?.urls ?? [],
			addresses: of?.addresses ?? [],
		};
	});
}

const PERSON_COLUMNS = [
	'ROWID',
	'First',
	'Middle',
	'Last',
	'Prefix',
	'Suffix',
	'Nickname',
	'Organization',
	'Department',
	'JobTitle',
	'Note',
	'Birthday',
] as const;

type AddressParts = Omit<LabelledAddress, 'label'>;

function readAddressParts(db: SafeDatabase): Map<number, AddressParts> {
	const keys = new Map<number, string>();
	for (const row of db.rows('ABMultiValueEntryKey', ['value'], { limit: MAX_ROWS })) {
		keys.set(numberOf(row.rowid), (textOf(row.value) ?? '').toLowerCase());
	}
	const parts = new Map<number, AddressParts>();
	for (const row of db.rows('ABMultiValueEntry', ['parent_id', 'key', 'value'], { limit: MAX_ROWS })) {
		const parent = numberOf(row.parent_id);
		const known = parts.get(parent) ?? { street: '', city: '', state: '', zip: '', country: '' };
		const key = keys.get(numberOf(row.key)) ?? '';
		parts.set(parent, key in known ? { ...known, [key]: textOf(row.value) ?? '' } : known);
	}
	return parts;
}

function definedTexts<Key extends string>(fields: Record<Key, Parameters<typeof textOf>[0]>): Partial<Record<Key, string>> {
	const found: Partial<Record<Key, string>> = {};
	for (const key of Object.keys(fields) as Key[]) {
		const text = textOf(fields[key]);
		if (text !== undefined) {
			found[key] = text;
		}
	}
	return found;
}
