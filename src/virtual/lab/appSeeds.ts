import { crc32, deflateSync } from 'node:zlib';
import { concatBytes, MiB, viewOf } from '../../base/index.ts';
import { encodeBinaryPlist } from '../../plist/index.ts';
import type { VirtualApp } from '../apps.ts';
import { Random } from '../files/random.ts';

interface AppKind {
	readonly name: string;
	readonly from: 'store' | 'developer';
	readonly fileSharing?: boolean;
	readonly hasGroup?: boolean;
}

const APPS: readonly AppKind[] = [
	{ name: 'Notebook', from: 'store', fileSharing: true, hasGroup: true },
	{ name: 'Chat', from: 'store', hasGroup: true },
	{ name: 'Atlas', from: 'store' },
	{ name: 'Player', from: 'store', fileSharing: true },
	{ name: 'Shop', from: 'store' },
	{ name: 'Lab Client', from: 'developer', fileSharing: true },
	{ name: 'Lab Probe', from: 'developer' },
];

/** The apps of a new device. Those from the store carry licence and purchase, as hosts keep them in backups. */
export function createApps(seed: string): VirtualApp[] {
	const random = new Random(`apps ${seed}`);
	return APPS.map((kind, index) => {
		const slug = kind.name.toLowerCase().replaceAll(' ', '-');
		const bundleId = `com.example.${slug}`;
		const version = `${random.between(1, 9)}.${random.between(0, 20)}.${random.between(0, 9)}`;
		const isFromStore = kind.from === 'store';
		return {
			bundleId,
			name: kind.name,
			version,
			buildVersion: String(random.between(100, 9999)),
			applicationType: 'User',
			developmentSigned: !isFromStore,
			fileSharing: kind.fileSharing === true,
			groupIds: kind.hasGroup === true ? [`group.${bundleId}`] : [],
			icon: createIcon(random.next() & 0xffffff),
			staticBytes: random.between(5, 300) * MiB,
			...(isFromStore ? { sinf: licence(random), iTunesMetadata: purchase(kind.name, bundleId, version, 1_000_000_000 + index) } : {}),
		};
	});
}

function licence(random: Random): Uint8Array {
	return Uint8Array.from({ length: 1200 }, () => random.below(256));
}

function purchase(itemName: string, softwareVersionBundleId: string, bundleShortVersionString: string, itemId: number): Uint8Array {
	return encodeBinaryPlist({
		itemName,
		softwareVersionBundleId,
		bundleShortVersionString,
		itemId,
		artistName: 'Example Apps Ltd',
		genre: 'Utilities',
		kind: 'software',
		'com.apple.iTunesStore.downloadInfo': { accountInfo: { AppleID: 'nobody@example.com' }, purchaseDate: '2024-01-01T12:00:00Z' },
	});
}

const ICON_SIZE = 60;

/** A PNG of one colour with a lighter diagonal, 60 × 60 points, 24 bits. */
export function createIcon(colour: number): Uint8Array {
	const rowBytes = 1 + 3 * ICON_SIZE;
	const pixels = new Uint8Array(rowBytes * ICON_SIZE);
	for (let y = 0; y < ICON_SIZE; y++) {
		for (let x = 0; x < ICON_SIZE; x++) {
			const lighter = Math.abs(x - y) < 6 ? 0x40 : 0;
			pixels.set(
				[16, 8, 0].map((shift) => Math.min(255, ((colour >> shift) & 0xff) + lighter)),
				y * rowBytes + 1 + 3 * x,
			);
		}
	}
	const header = new Uint8Array(13);
	viewOf(header).setUint32(0, ICON_SIZE);
	viewOf(header).setUint32(4, ICON_SIZE);
	// 8 bits per channel, true colour.
	header.set([8, 2, 0, 0, 0], 8);
	return concatBytes([
		Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
		chunk('IHDR', header),
		chunk('IDAT', deflateSync(pixels)),
		chunk('IEND', new Uint8Array(0)),
	]);
}

/** `u32 BE length | type | data | u32 BE CRC of type and data`. */
function chunk(type: string, data: Uint8Array): Uint8Array {
	const named = concatBytes([new TextEncoder().encode(type), data]);
	const bytes = new Uint8Array(8 + named.length);
	viewOf(bytes).setUint32(0, data.length);
	bytes.set(named, 4);
	viewOf(bytes).setUint32(4 + named.length, crc32(named));
	return bytes;
}
