import { createHash } from 'node:crypto';
import { KiB } from '../../base/index.ts';
import { readContent } from './content.ts';
import { domainKindOf } from './domains.ts';
import { type DeviceEntry } from './entry.ts';
import type { ContentStore } from './store.ts';
import type { DeviceTree } from './tree.ts';

/**
 * What a fingerprint covers. `everyBackup`: what every kind of backup carries, so that it means the same whether backups are encrypted or not.
 * `encryptedBackup`: also Health, HomeKit and whatever else only an encrypted backup carries.
 */
export type FingerprintScope = 'everyBackup' | 'encryptedBackup';

/**
 * SHA-256, in hex, over one line for each entry, sorted by domain and path:
 * `mode SHA-256-of-content-or-target-or-dash size domain path`, with the domain and path as JSON texts.
 *
 * Owners, times, inodes, classes and extended attributes are left out: a restore may change the first ones for good reasons.
 * @param onLine - gets each line, without a line end.
 */
export async function fingerprintTree(
	tree: DeviceTree,
	store: ContentStore,
	scope: FingerprintScope,
	onLine: (line: string) => void = () => {},
): Promise<string> {
	const total = createHash('sha256');
	const buffer = Buffer.allocUnsafe(256 * KiB);
	let sinceBreath = 0;
	for (const domain of tree.domains().sort()) {
		if (scope === 'everyBackup' && domainKindOf(domain) === 'encryptedOnly') {
			continue;
		}
		const entries = [...tree.entriesOf(domain)].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
		for (const entry of entries) {
			const line = lineOf(entry, store, buffer);
			total.update(`${line}\n`);
			onLine(line);
			sinceBreath += entry.sizeBytes + KiB;
			if (sinceBreath > BREATH_BYTES) {
				sinceBreath = 0;
				await new Promise((resolve) => setImmediate(resolve));
			}
		}
	}
	return total.digest('hex');
}

/** Other devices of the process go on talking while this one is read. */
const BREATH_BYTES = 8 * 1024 * KiB;

function lineOf(entry: DeviceEntry, store: ContentStore, buffer: Buffer): string {
	const place = `${JSON.stringify(entry.domain)} ${JSON.stringify(entry.path)}`;
	return `${entry.mode.toString(8).padStart(6, '0')} ${hashOf(entry, store, buffer)} ${entry.sizeBytes} ${place}`;
}

function hashOf(entry: DeviceEntry, store: ContentStore, buffer: Buffer): string {
	const hash = createHash('sha256');
	if (entry.target !== undefined) {
		return hash.update(entry.target).digest('hex');
	}
	if (entry.content === undefined) {
		return '-';
	}
	for (let offset = 0; offset < entry.sizeBytes; offset += buffer.length) {
		const length = Math.min(buffer.length, entry.sizeBytes - offset);
		readContent(store, entry.content, buffer, 0, offset, length);
		hash.update(buffer.subarray(0, length));
	}
	return hash.digest('hex');
}
