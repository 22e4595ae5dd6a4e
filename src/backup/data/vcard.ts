import type { Contact, LabelledValue } from './contacts.ts';

export type VcardVersion = '3.0' | '4.0';

/**
 * Contacts as one vCard file, RFC 2426 (3.0) or RFC 6350 (4.0): CRLF, lines folded at 75 bytes, text escaped.
 */
export function vcardOf(contacts: readonly Contact[], version: VcardVersion): string {
	return contacts
		.map((contact) =>
			linesOf(contact, version)
				.map((line) => `${fold(line)}\r\n`)
				.join(''),
		)
		.join('');
}

/** How a contact is called, for a file name or a line of text. */
export function nameOfContact(contact: Contact): string {
	const full = [contact.prefix, contact.first, contact.middle, contact.last, contact.suffix].filter((part) => part !== undefined).join(' ');
	return full || contact.nickname || contact.organization || contact.emails[0]?.value || contact.phones[0]?.value || 'No name';
}

function linesOf(contact: Contact, version: VcardVersion): string[] {
	const lines = ['BEGIN:VCARD', `VERSION:${version}`];
	const parts = [contact.last, contact.first, contact.middle, contact.prefix, contact.suffix];
	lines.push(`N:${parts.map((part) => escape(part ?? '')).join(';')}`);
	lines.push(`FN:${escape(nameOfContact(contact))}`);
	const text = (name: string, value: string | undefined): void => {
		if (value !== undefined) {
			lines.push(`${name}:${escape(value)}`);
		}
	};
	text('NICKNAME', contact.nickname);
	if (contact.organization !== undefined || contact.department !== undefined) {
		const unit = contact.department === undefined ? '' : `;${escape(contact.department)}`;
		lines.push(`ORG:${escape(contact.organization ?? '')}${unit}`);
	}
	text('TITLE', contact.jobTitle);
	for (const phone of contact.phones) {
		lines.push(`TEL${typeOf(phone, PHONE_TYPES, version)}:${escape(phone.value)}`);
	}
	for (const email of contact.emails) {
		const inherited = version === '3.0' ? ['INTERNET'] : [];
		lines.push(`EMAIL${typeOf(email, PLACE_TYPES, version, inherited)}:${escape(email.value)}`);
	}
	for (const address of contact.addresses) {
		const { street, city, state, zip, country } = address;
		const type = typeOf({ label: address.label, value: '' }, PLACE_TYPES, version);
		lines.push(`ADR${type}:;;${[street, city, state, zip, country].map(escape).join(';')}`);
	}
	for (const url of contact.urls) {
		// Its value is a URI, in which nothing is escaped; what cannot be in one would end the line.
		lines.push(`URL${typeOf(url, PLACE_TYPES, version)}:${url.value.replace(/[\r\n]/g, '')}`);
	}
	const birthday = birthdayOf(contact, version);
	if (birthday !== undefined) {
		lines.push(birthday);
	}
	text('NOTE', contact.note);
	lines.push('END:VCARD');
	return lines;
}

/** The year that Apple's address book has for a birthday without one. Source: the X-APPLE-OMIT-YEAR that it writes into its own vCards. */
const NO_YEAR = 1604;

/** The day only, and no day of a year that a vCard cannot write. */
function birthdayOf({ birthday }: Contact, version: VcardVersion): string | undefined {
	const year = birthday?.getUTCFullYear() ?? -1;
	if (birthday === undefined || year < 0 || year > 9999) {
		return undefined;
	}
	const day = birthday.toISOString().slice(0, 10);
	if (year === NO_YEAR) {
		return version === '3.0' ? `BDAY;X-APPLE-OMIT-YEAR=${NO_YEAR}:${day}` : `BDAY:--${day.slice(5).replace('-', '')}`;
	}
	return `BDAY:${version === '3.0' ? day : day.replaceAll('-', '')}`;
}

/** Apple's labels as types of vCard. Labels of the owner's own have none. */
const PLACE_TYPES: Readonly<Record<string, readonly string[]>> = { home: ['HOME'], work: ['WORK'] };
const PHONE_TYPES: Readonly<Record<string, readonly string[]>> = {
	...PLACE_TYPES,
	mobile: ['CELL'],
	iphone: ['CELL'],
	main: ['VOICE'],
	homefax: ['HOME', 'FAX'],
	workfax: ['WORK', 'FAX'],
	pager: ['PAGER'],
};

function typeOf(
	{ label }: LabelledValue,
	types: Readonly<Record<string, readonly string[]>>,
	version: VcardVersion,
	inherited: readonly string[] = [],
): string {
	const known = label !== undefined && Object.hasOwn(types, label) ? (types[label] ?? []) : [];
	const all = [...inherited, ...known];
	if (all.length === 0) {
		return '';
	}
	return version === '3.0'
		? all.map((type) => `;TYPE=${type}`).join('')
		: `;TYPE=${all.length > 1 ? `"${all.join(',').toLowerCase()}"` : all.join('').toLowerCase()}`;
}

function escape(text: string): string {
	return text.replace(/[\\;,]/g, '\\$&').replace(/\r\n|\r|\n/g, '\\n');
}

const MAX_LINE_BYTES = 75;

/** Folded lines begin with a space; a character is never torn apart. */
function fold(line: string): string {
	if (Buffer.byteLength(line) <= MAX_LINE_BYTES) {
		return line;
	}
	const folded: string[] = [];
	let current = '';
	let bytes = 0;
	for (const character of line) {
		const size = Buffer.byteLength(character);
		if (bytes + size > MAX_LINE_BYTES) {
			folded.push(current);
			current = ' ';
			bytes = 1;
		}
		current += character;
		bytes += size;
	}
	return [...folded, current].join('\r\n');
}
