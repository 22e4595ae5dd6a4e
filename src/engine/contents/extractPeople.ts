import {
	BackupError,
	nameOfContact,
	openDatabase,
	PLACES,
	readContacts,
	readConversations,
	readMessages,
	readNotes,
	vcardOf,
	type BackupContents,
	type Contact,
	type Conversation,
	type CopyOptions,
	type Message,
	type OpenDatabase,
} from '../../backup/index.ts';
import { throwIfAborted } from '../../base/index.ts';
import { noSuchFile } from './browse.ts';
import type { ExtractTarget } from './extractTarget.ts';

/** Contacts as one file. @throws BackupError - the address book is not there, or cannot be read. */
export async function extractContacts(
	contents: BackupContents,
	target: ExtractTarget,
	format: string,
	options: CopyOptions,
): Promise<number> {
	const contacts = await inDatabase(contents, PLACES.contacts, options, ({ tables }) => readContacts(tables));
	const isJson = format === 'json';
	const text = isJson ? `${JSON.stringify(contacts, undefined, '\t')}\n` : vcardOf(contacts, format === 'vcard-4.0' ? '4.0' : '3.0');
	await target.write([isJson ? 'contacts.json' : 'contacts.vcf'], [text], undefined, options.signal);
	return contacts.length;
}

/** Messages: as JSON one file, as text one file for each conversation. Numbers get the names that the address book has for them. */
export async function extractMessages(
	contents: BackupContents,
	target: ExtractTarget,
	format: string,
	options: CopyOptions,
): Promise<number> {
	const nameOf = await readNames(contents, options);
	return inDatabase(contents, PLACES.messages, options, async ({ tables }) => {
		const conversations = new Map(readConversations(tables).map((conversation) => [conversation.id, conversation]));
		let count = 0;
		if (format === 'json') {
			const portions = function* (): Generator<string> {
				yield '[';
				for (const message of readMessages(tables)) {
					throwIfAborted(options.signal);
					yield `${count++ === 0 ? '\n' : ',\n'}${JSON.stringify(documentOf(message, conversations, nameOf))}`;
				}
				yield '\n]\n';
			};
			await target.write(['messages.json'], batched(portions()), undefined, options.signal);
			return count;
		}
		const byConversation = new Map<string, { readonly title: string; readonly messages: Message[] }>();
		for (const message of readMessages(tables)) {
			const conversation = conversations.get(message.conversation);
			const title = titleOf(message, conversation, nameOf);
			// One person's messages over different services belong together; two groups that are called the same do not.
			const key = conversation?.name === undefined ? title : `${conversation.id} ${title}`;
			const list = byConversation.get(key) ?? { title, messages: [] };
			byConversation.set(key, list);
			list.messages.push(message);
			count++;
		}
		for (const { title, messages } of byConversation.values()) {
			messages.sort((a, b) => (a.at?.getTime() ?? 0) - (b.at?.getTime() ?? 0) || a.id - b.id);
			const lines = messages.map((message) => lineOf(message, nameOf));
			await target.write(['Messages', `${title}.txt`], batched(lines), messages.at(-1)?.at, options.signal);
		}
		return count;
	});
}

/** Notes: as JSON one file, as text one file for each, in the folders of the app. */
export async function extractNotes(contents: BackupContents, target: ExtractTarget, format: string, options: CopyOptions): Promise<number> {
	const notes = await inDatabase(contents, PLACES.notes, options, ({ tables }) => readNotes(tables));
	if (format === 'json') {
		const documents = notes.map(({ id, title, text, createdAt, modifiedAt, folder, isLocked }) => ({
			id,
			title,
			text,
			createdAt,
			modifiedAt,
			folder,
			locked: isLocked,
		}));
		await target.write(['notes.json'], [`${JSON.stringify(documents, undefined, '\t')}\n`], undefined, options.signal);
		return notes.length;
	}
	let written = 0;
	for (const { id, title, text, modifiedAt, folder, isLocked } of notes) {
		const name = title ?? `Note ${id}`;
		if (text === undefined) {
			target.skip(name, isLocked ? 'It is locked with a password of its own.' : 'Its text cannot be read.');
			continue;
		}
		const whole = await target.write(['Notes', folder ?? 'Notes', `${name.slice(0, 80)}.txt`], [`${text}\n`], modifiedAt, options.signal);
		written += whole ? 1 : 0;
	}
	return written;
}

type NameOf = (address: string | undefined) => string | undefined;

/** Names by number and address. Numbers are compared by their last nine digits, since people write the rest in many ways. */
async function readNames(contents: BackupContents, options: CopyOptions): Promise<NameOf> {
	const names = new Map<string, string>();
	try {
		const contacts = await inDatabase(contents, PLACES.contacts, options, ({ tables }) => readContacts(tables));
		for (const contact of contacts) {
			addressesOf(contact).forEach((address) => names.set(keyOf(address), nameOfContact(contact)));
		}
	} catch (error) {
		// Messages can be read without names.
		if (!BackupError.is(error)) {
			throw error;
		}
	}
	return (address) => (address === undefined ? undefined : names.get(keyOf(address)));
}

function addressesOf({ phones, emails }: Contact): string[] {
	return [...phones, ...emails].map(({ value }) => value);
}

function keyOf(address: string): string {
	if (address.includes('@')) {
		return address.toLowerCase();
	}
	const digits = address.replace(/\D/g, '');
	return digits.length >= 7 ? digits.slice(-9) : address;
}

function titleOf(message: Message, conversation: Conversation | undefined, nameOf: NameOf): string {
	const address = conversation?.identifier ?? message.sender;
	return conversation?.name ?? nameOf(address) ?? address ?? 'Unknown';
}

function documentOf(message: Message, conversations: ReadonlyMap<number, Conversation>, nameOf: NameOf): Record<string, unknown> {
	const conversation = conversations.get(message.conversation);
	return {
		id: message.id,
		conversation:
			conversation === undefined ? undefined : { id: conversation.id, identifier: conversation.identifier, name: conversation.name },
		at: message.at,
		from: message.isFromMe ? 'me' : message.sender,
		name: message.isFromMe ? undefined : nameOf(message.sender),
		text: message.text,
		service: message.service,
		attachments: message.attachments.length === 0 ? undefined : message.attachments,
	};
}

function lineOf(message: Message, nameOf: NameOf): string {
	const at = message.at?.toISOString().slice(0, 19).replace('T', ' ') ?? 'no date';
	const from = message.isFromMe ? 'Me' : oneLine(nameOf(message.sender) ?? message.sender ?? 'Unknown');
	const attachments = message.attachments.map(({ name, path }) => ` [${oneLine(name ?? path ?? 'attachment')}]`).join('');
	// A text of several lines stays with its message: the following ones stand further in. The place of an attachment in it shows nothing.
	const text = (message.text ?? '').replaceAll('\ufffc', '').replace(/\r\n|[\n\r\u0085\u2028\u2029]/g, '\n    ');
	return `${at}  ${from}: ${text}${attachments}\n`;
}

/** Names are from anybody: one with a line break in it could pretend to be another message. */
function oneLine(name: string): string {
	return name.replace(/[\r\n\u0085\u2028\u2029]+/g, ' ');
}

/** Lines gathered to portions: writing each by itself costs more than making it. */
function* batched(lines: Iterable<string>): Generator<string> {
	let portion = '';
	for (const line of lines) {
		portion += line;
		if (portion.length > 200_000) {
			yield portion;
			portion = '';
		}
	}
	yield portion;
}

async function inDatabase<T>(
	contents: BackupContents,
	places: readonly { domain: string; path: string }[],
	options: CopyOptions,
	work: (database: OpenDatabase) => T | Promise<T>,
): Promise<T> {
	const entry = places.map(({ domain, path }) => contents.find(domain, path)).find((each) => each !== undefined);
	if (entry === undefined) {
		throw noSuchFile(places[0]?.domain ?? '', places[0]?.path ?? '');
	}
	const database = await openDatabase(contents, entry, options);
	try {
		return await work(database);
	} finally {
		database.dispose();
	}
}
