import * as crypto from 'node:crypto';
import { errorText, type Logger } from '../../base/index.ts';
import { StoreError } from '../errors.ts';
import { layout } from '../layout.ts';
import type { SnapshotStorage } from '../storage/storage.ts';
import { canonicalJson } from './canonicalJson.ts';
import { checkUdid, type Facts } from './record.ts';

/** Something that happened to a device beside its snapshots. */
export interface DeviceEvent {
	/** A word that whoever reads it knows, such as `build-installed`. */
	readonly kind: string;
	readonly atMs: number;
	/** The bundle id, where it is about one app. */
	readonly app?: string;
	readonly facts: Facts;
}

const MAX_EVENT_BYTES = 16 * 1024;

/** So many are given out unless more are asked for. */
const DEFAULT_LIMIT = 1000;

const EVENT_NAME = /^\d{15}-[0-9a-f]{12}$/;

/**
 * One file for each event, which never changes: the time in its name puts them in order without reading any, the hash makes it prove what it
 * holds, and two hosts that write at once never meet. Named `<ms since 1970, 15 digits>-<12 hex digits of the hash>`.
 */
export async function addEvent(storage: SnapshotStorage, udid: string, event: DeviceEvent): Promise<void> {
	const bytes = Buffer.from(canonicalJson({ schemaVersion: 1, kind: event.kind, atMs: event.atMs, app: event.app, facts: event.facts }));
	if (bytes.length > MAX_EVENT_BYTES || !Number.isSafeInteger(event.atMs) || event.atMs < 0) {
		throw new StoreError('NAME_INVALID', 'An event is too long, or of no time.', { details: { sizeBytes: bytes.length } });
	}
	const name = `${String(event.atMs).padStart(15, '0')}-${hashDigits(bytes)}`;
	await storage.putIfAbsent(`${layout.events(checkUdid(udid))}/${name}`, bytes);
}

/** Oldest first. One that cannot be read is left out: nothing depends on it. */
export async function readEvents(storage: SnapshotStorage, udid: string, log: Logger, limit = DEFAULT_LIMIT): Promise<DeviceEvent[]> {
	const folder = layout.events(checkUdid(udid));
	const names = (await storage.names(folder)).filter((name) => EVENT_NAME.test(name)).sort();
	const events: DeviceEvent[] = [];
	for (const name of names.slice(-limit)) {
		try {
			const bytes = await storage.get(`${folder}/${name}`, MAX_EVENT_BYTES);
			const event =
				bytes === undefined || !name.endsWith(hashDigits(bytes)) ? undefined : eventFrom(JSON.parse(Buffer.from(bytes).toString()));
			if (event !== undefined) {
				events.push(event);
			}
		} catch (error) {
			log.warn(`An event cannot be read: ${errorText(error)}`);
		}
	}
	return events;
}

function eventFrom(value: unknown): DeviceEvent | undefined {
	if (typeof value !== 'object' || value === null) {
		return undefined;
	}
	const { kind, atMs, app, facts } = value as Record<string, unknown>;
	if (typeof kind !== 'string' || typeof atMs !== 'number' || typeof facts !== 'object' || facts === null || Array.isArray(facts)) {
		return undefined;
	}
	return { kind, atMs, ...(typeof app === 'string' ? { app } : {}), facts: facts as Facts };
}

function hashDigits(bytes: Uint8Array): string {
	return crypto.createHash('sha256').update(bytes).digest('hex').slice(0, 12);
}
