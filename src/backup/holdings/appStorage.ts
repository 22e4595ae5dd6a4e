import { isDict, parsePlist } from '../../plist/index.ts';
import { readControlFile } from '../backupFolder.ts';
import type { BackupContents } from '../contents/backupContents.ts';
import { BackupError } from '../errors.ts';
import { readInfoPlist } from '../infoPlist.ts';

/** What one app, or one part of the system, takes of a backup, as *Manage Storage* tells it. */
export interface StoragePart {
	/** An app's bundle id, or one of SYSTEM_PARTS. */
	readonly id: string;
	readonly kind: 'app' | 'system';
	/** As its maker calls it; only apps of which the host kept the store's facts. */
	readonly name: string | undefined;
	/** The user installed it, as the host noted. */
	readonly isInstalled: boolean;
	readonly sizeBytes: number;
	readonly fileCount: number;
	/** The domains that it is made of, largest first. */
	readonly domains: readonly StorageDomain[];
}

/** A container of an app, a group that it shares, or a plug-in of it. */
export interface StorageDomain {
	readonly domain: string;
	readonly role: 'app' | 'group' | 'plugin' | 'system';
	readonly sizeBytes: number;
	readonly fileCount: number;
}

/** Parts of the system that people know by a name; the rest is `system`. */
export const SYSTEM_PARTS = ['photos', 'messages', 'health', 'voice-memos', 'media', 'keychain', 'home', 'system'] as const;

/**
 * Each app's part of a backup, largest first, with its groups and plug-ins.
 *
 * A plug-in's id begins with its app's. A group's does by habit only: it is given to the app whose id it holds, or which is the only one to
 * begin as the group does; a group of nobody stands for itself.
 * @throws AbortError.
 */
export async function readStorage(contents: BackupContents, signal?: AbortSignal): Promise<StoragePart[]> {
	const { table } = contents;
	const sizes = await contents.storedSizes(signal);
	const info = await readAppFacts(contents);
	const owners = new AppOwners(appIdsOf(table.domains, info.installed));
	const parts = new Map<
		string,
		{ kind: 'app' | 'system'; domains: Map<string, { role: StorageDomain['role']; bytes: number; files: number }> }
	>();
	for (const domain of table.domains) {
		for (const row of table.rowsOf(domain)) {
			const stored = sizes[row] ?? -1;
			if (!table.isFile(row) || stored < 0) {
				continue;
			}
			const owner = owners.of(domain, table.pathAt(row));
			const part = parts.get(owner.id) ?? { kind: owner.kind, domains: new Map<string, never>() };
			parts.set(owner.id, part);
			const place = part.domains.get(domain) ?? { role: owner.role, bytes: 0, files: 0 };
			part.domains.set(domain, place);
			place.bytes += contents.likelySizeOf(row, stored);
			place.files++;
		}
	}
	// An app whose data is empty is still in the backup.
	for (const id of info.installed) {
		if (!parts.has(id)) {
			parts.set(id, { kind: 'app', domains: new Map() });
		}
	}
	return [...parts]
		.map(([id, { kind, domains }]) => {
			const listed = [...domains]
				.map(([domain, { role, bytes, files }]) => ({ domain, role, sizeBytes: bytes, fileCount: files }))
				.sort((a, b) => b.sizeBytes - a.sizeBytes);
			return {
				id,
				kind,
				name: info.names.get(id),
				isInstalled: info.installed.has(id),
				sizeBytes: listed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
				fileCount: listed.reduce((sum, { fileCount }) => sum + fileCount, 0),
				domains: listed,
			};
		})
		.sort((a, b) => b.sizeBytes - a.sizeBytes || (a.id < b.id ? -1 : 1));
}

/** Finds whose a domain is. */
export class AppOwners {
	readonly #apps: ReadonlySet<string>;
	readonly #known = new Map<string, { id: string; kind: 'app' | 'system'; role: StorageDomain['role'] }>();

	/** @param apps - bundle ids that own a container. */
	constructor(apps: ReadonlySet<string>) {
		this.#apps = apps;
	}

	of(domain: string, path: string): { id: string; kind: 'app' | 'system'; role: StorageDomain['role'] } {
		if (!domain.startsWith('AppDomain')) {
			return { id: systemPartOf(domain, path), kind: 'system', role: 'system' };
		}
		let known = this.#known.get(domain);
		if (known === undefined) {
			known = this.#ownerOf(domain);
			this.#known.set(domain, known);
		}
		return known;
	}

	#ownerOf(domain: string): { id: string; kind: 'app' | 'system'; role: StorageDomain['role'] } {
		const [, kind = '', id = ''] = /^AppDomain(|Group|Plugin)-(.*)$/s.exec(domain) ?? [];
		if (kind === 'Plugin') {
			return { id: this.#longestPrefix(id) ?? id, kind: 'app', role: 'plugin' };
		}
		if (kind === 'Group') {
			const voiceMemos = id === 'group.com.apple.VoiceMemos.shared';
			return voiceMemos ? { id: 'voice-memos', kind: 'system', role: 'group' } : { id: this.#ownerOfGroup(id), kind: 'app', role: 'group' };
		}
		return { id: id === '' ? domain : id, kind: 'app', role: 'app' };
	}

	/** `group.com.acme.app.shared`, `TEAM123456.com.acme.app`, or a name that several apps of one maker begin with. */
	#ownerOfGroup(group: string): string {
		const core = group.replace(/^(?:group\.|systemgroup\.|[A-Z0-9]{10}\.(?:group\.)?)/, '');
		const owner = this.#longestPrefix(core);
		if (owner !== undefined) {
			return owner;
		}
		const begun = [...this.#apps].filter((app) => app.startsWith(`${core}.`));
		return begun.length === 1 ? (begun[0] as string) : group;
	}

	#longestPrefix(id: string): string | undefined {
		for (let end = id.length; end > 0; end = id.lastIndexOf('.', end - 1)) {
			if (this.#apps.has(id.slice(0, end))) {
				return id.slice(0, end);
			}
		}
		return undefined;
	}
}

/** Bundle ids of apps: those that the user installed, and those with a container of their own. */
export function appIdsOf(domains: readonly string[], installed: ReadonlySet<string>): ReadonlySet<string> {
	const containers = domains.filter((domain) => domain.startsWith('AppDomain-')).map((domain) => domain.slice('AppDomain-'.length));
	return new Set([...installed, ...containers]);
}

/** What the host noted of apps in Info.plist. Nothing when there is none, or it cannot be read: third-party tools leave it out. */
export async function readAppFacts(
	contents: BackupContents,
): Promise<{ installed: ReadonlySet<string>; names: ReadonlyMap<string, string> }> {
	if (contents.facts.controlSizes['Info.plist'] === undefined) {
		return { installed: new Set(), names: new Map() };
	}
	try {
		const info = readInfoPlist(await readControlFile(contents.controlFolder, 'Info.plist'));
		const names = new Map<string, string>();
		for (const [id, { metadata }] of info.applications) {
			const name = metadata === undefined ? undefined : nameIn(metadata);
			if (name !== undefined) {
				names.set(id, name);
			}
		}
		return { installed: new Set(info.installedApplications), names };
	} catch (error) {
		if (BackupError.is(error, 'DAMAGED_MANIFEST')) {
			return { installed: new Set(), names: new Map() };
		}
		throw error;
	}
}

function nameIn(metadata: Uint8Array): string | undefined {
	try {
		const facts = parsePlist(metadata);
		const name = isDict(facts) ? facts['itemName'] : undefined;
		return typeof name === 'string' ? name : undefined;
	} catch {
		// The store's own facts about an app are decoration: without them it goes by its bundle id.
		return undefined;
	}
}

function systemPartOf(domain: string, path: string): (typeof SYSTEM_PARTS)[number] {
	switch (domain) {
		case 'CameraRollDomain':
			return 'photos';
		case 'HealthDomain':
			return 'health';
		case 'KeychainDomain':
			return 'keychain';
		case 'MediaDomain':
			return path.startsWith('Library/SMS/') ? 'messages' : path.startsWith('Media/Recordings/') ? 'voice-memos' : 'media';
		case 'BooksDomain':
		case 'TonesDomain':
			return 'media';
		case 'HomeDomain':
			return path.startsWith('Library/SMS/') ? 'messages' : 'home';
		default:
			return 'system';
	}
}
