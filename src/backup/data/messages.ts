import type { SafeDatabase } from '../sqlite/safeDatabase.ts';
import { textOfAttributedBody } from './attributedText.ts';
import { appleTime, dataOf, numberOf, textOf } from './values.ts';

/** One message, as people read it. */
export interface Message {
	readonly id: number;
	/** The conversation it belongs to, by the numbers of `Conversation`; 0 when it belongs to none. */
	readonly conversation: number;
	readonly at: Date | undefined;
	readonly isFromMe: boolean;
	/** Phone number or address of the other side. */
	readonly sender: string | undefined;
	readonly text: string | undefined;
	/** `iMessage`, `SMS`, `RCS`. */
	readonly service: string | undefined;
	readonly attachments: readonly MessageAttachment[];
}

export interface MessageAttachment {
	readonly name: string | undefined;
	/** Below the domain MediaDomain; undefined when the database tells no place. */
	readonly path: string | undefined;
}

export interface Conversation {
	readonly id: number;
	/** A number, an address, or the id of a group. */
	readonly identifier: string | undefined;
	/** The name that a group was given. */
	readonly name: string | undefined;
}

/** All conversations of an sms.db. */
export function readConversations(db: SafeDatabase): Conversation[] {
	return [...db.rows('chat', ['ROWID', 'chat_identifier', 'display_name'], { limit: MAX_ROWS })].map((row) => ({
		id: numberOf(row.ROWID ?? row.rowid),
		identifier: textOf(row.chat_identifier),
		name: textOf(row.display_name),
	}));
}

/**
 * All messages of an sms.db in the order in which they were stored. Schemas differ between systems: what a column does not say is undefined.
 * Source: the schema as recorded by forensic readers (mvt, iLEAPP); `attributedBody` holds the text where `text` is NULL.
 */
export function* readMessages(db: SafeDatabase): Generator<Message, void, undefined> {
	const senders = new Map<number, string | undefined>();
	for (const row of db.rows('handle', ['ROWID', 'id'], { limit: MAX_ROWS })) {
		senders.set(numberOf(row.ROWID ?? row.rowid), textOf(row.id));
	}
	const conversationOf = new Map<number, number>();
	for (const row of db.rows('chat_message_join', ['chat_id', 'message_id'], { limit: MAX_ROWS })) {
		conversationOf.set(numberOf(row.message_id), numberOf(row.chat_id));
	}
	const attachments = readAttachments(db);
	const columns = ['ROWID', 'text', 'attributedBody', 'handle_id', 'service', 'date', 'is_from_me'] as const;
	for (const row of db.rows('message', columns, { limit: MAX_ROWS, maxValueBytes: MAX_TEXT_BYTES })) {
		const id = numberOf(row.ROWID ?? row.rowid);
		const body = dataOf(row.attributedBody);
		yield {
			id,
			conversation: conversationOf.get(id) ?? 0,
			at: appleTime(row.date),
			isFromMe: numberOf(row.is_from_me) === 1,
			sender: senders.get(numberOf(row.handle_id)),
			text: textOf(row.text) ?? (body === undefined ? undefined : textOfAttributedBody(body)),
			service: textOf(row.service),
			attachments: attachments.get(id) ?? [],
		};
	}
}

/** More than any phone holds; a hostile database cannot fill the memory. */
const MAX_ROWS = 5_000_000;
const MAX_TEXT_BYTES = 1 << 20;

/** Where attachments lie, as the database spells it, and as the domain MediaDomain does. */
const ATTACHMENTS = /^(?:~|\/var\/mobile)\/(Library\/SMS\/.*)$/;

function readAttachments(db: SafeDatabase): Map<number, MessageAttachment[]> {
	const byId = new Map<number, MessageAttachment>();
	for (const row of db.rows('attachment', ['ROWID', 'filename', 'transfer_name'], { limit: MAX_ROWS })) {
		const path = ATTACHMENTS.exec(textOf(row.filename) ?? '')?.[1];
		byId.set(numberOf(row.ROWID ?? row.rowid), { name: textOf(row.transfer_name), path });
	}
	const byMessage = new Map<number, MessageAttachment[]>();
	for (const row of db.rows('message_attachment_join', ['message_id', 'attachment_id'], { limit: MAX_ROWS })) {
		const attachment = byId.get(numberOf(row.attachment_id));
		if (attachment !== undefined) {
			const message = numberOf(row.message_id);
			byMessage.set(message, [...(byMessage.get(message) ?? []), attachment]);
		}
	}
	return byMessage;
}
