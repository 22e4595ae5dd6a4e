import type { PackId } from './packs/packFormat.ts';
import { isPackId } from './packs/packFormat.ts';
import type { StorageKey } from './storage/storage.ts';

/** Where everything is in a store: see docs/store-format.md. */
export const layout = {
	store: 'store.json',
	packs: 'packs',
	index: 'index',
	devices: 'devices',
	staging: 'staging',
	leases: 'leases',
	condemned: 'condemned',
	quarantine: 'quarantine',
	pack: (id: PackId): StorageKey => `packs/${id.slice(0, 2)}/${id}.pack`,
	device: (udid: string): StorageKey => `devices/${udid}`,
	head: (udid: string): StorageKey => `devices/${udid}/head`,
	/** What apps of the device stand at: a file for each, named by `appHeadName`. */
	appHeads: (udid: string): StorageKey => `devices/${udid}/apps`,
	events: (udid: string): StorageKey => `devices/${udid}/events`,
	records: (udid: string): StorageKey => `devices/${udid}/snapshots`,
	record: (udid: string, id: string): StorageKey => `devices/${udid}/snapshots/${id}`,
	labels: (udid: string): StorageKey => `devices/${udid}/labels`,
	checks: (udid: string): StorageKey => `devices/${udid}/checks`,
	deleted: (udid: string): StorageKey => `devices/${udid}/deleted`,
	recordCache: (udid: string): StorageKey => `index/records-${udid}.json`,
} as const;

/** The id in a pack's key; undefined for a file that is none. */
export function packIdOfName(name: string): PackId | undefined {
	const id = name.endsWith('.pack') ? name.slice(0, -'.pack'.length) : undefined;
	return isPackId(id) ? id : undefined;
}
