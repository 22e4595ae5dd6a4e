import type { Volume } from '../media/volume.ts';
import { AfcFailure } from '../media/nodes.ts';
import { BadArchive, listMembers, readMember, type ArchiveSource } from './zipFile.ts';

/** The files of an app bundle, in an archive or in a folder. Paths are relative to the bundle. */
export interface BundleFiles {
	/** `Probe.app` */
	readonly name: string;
	readonly sizeBytes: number;
	/** Undefined when there is none. */
	read(path: string): Uint8Array | undefined;
	/** It came from the App Store: a licence lies beside the bundle. */
	readonly hasLicence: boolean;
}

/** Installation fails with this error of the service. */
export class InstallFailure extends Error {
	readonly error: string;
	readonly detail: number;

	constructor(error: string, description: string, detail = -402_620_395) {
		super(description);
		this.error = error;
		this.detail = detail;
	}
}

const MAX_FILE_BYTES = 16 * 1024 * 1024;
const TYPE_BITS = 0xf000;
const LINK_BITS = 0xa000;

/** Opens what a host put below the AFC root. @throws InstallFailure. */
export function openPackage(volume: Volume, path: string): BundleFiles {
	try {
		return volume.info(path).kind === 'directory' ? openFolder(volume, path) : openArchive(volume, path);
	} catch (error) {
		if (error instanceof AfcFailure) {
			throw new InstallFailure('PackageInspectionFailed', `There is no package at ${path}.`, -402_653_081);
		}
		if (error instanceof BadArchive) {
			throw extractionFailure(error);
		}
		throw error;
	}
}

/** What a device says of an archive that it cannot unpack. */
export function extractionFailure(error: BadArchive): InstallFailure {
	return new InstallFailure('PackageExtractionFailed', `The package cannot be unpacked: ${error.message}`);
}

function openFolder(volume: Volume, path: string): BundleFiles {
	let sizeBytes = 0;
	const add = (folder: string): void => {
		for (const name of volume.list(folder)) {
			const inside = `${folder}/${name}`;
			const info = volume.info(inside);
			if (info.kind === 'directory') {
				add(inside);
			} else if (info.kind === 'symlink') {
				checkLink(info.linkTarget ?? '');
			}
			sizeBytes += info.sizeBytes;
		}
	};
	add(path);
	return {
		name: path.split('/').at(-1) ?? path,
		sizeBytes,
		hasLicence: false,
		read: (inside) => {
			try {
				const file = volume.open(`${path}/${inside}`, 'read');
				try {
					return readWhole(file.sizeBytes, (sizeBytes) => file.read(sizeBytes));
				} finally {
					file.close();
				}
			} catch (error) {
				if (error instanceof AfcFailure) {
					return undefined;
				}
				throw error;
			}
		},
	};
}

function openArchive(volume: Volume, path: string): BundleFiles {
	const file = volume.open(path, 'read');
	const source: ArchiveSource = {
		sizeBytes: file.sizeBytes,
		read: (offset, sizeBytes) => {
			file.position = offset;
			return readWhole(sizeBytes, (more) => file.read(more));
		},
	};
	const members = listMembers(source);
	const hostile = members.find(({ name }) => name.startsWith('/') || name.split('/').includes('..') || name.includes('\0'));
	if (hostile !== undefined) {
		throw new InstallFailure('PackageExtractionFailed', 'The package holds a path that leads out of it.');
	}
	for (const member of members) {
		if ((member.mode & TYPE_BITS) === LINK_BITS) {
			checkLink(new TextDecoder().decode(readMember(source, member)));
		}
	}
	const bundles = new Set(members.flatMap(({ name }) => /^Payload\/([^/]+\.app)\//.exec(name)?.[1] ?? []));
	const [bundle] = bundles;
	if (bundle === undefined || bundles.size !== 1) {
		throw new InstallFailure('PackageInspectionFailed', `The package holds ${bundles.size} apps.`);
	}
	const byName = new Map(members.map((member) => [member.name, member]));
	return {
		name: bundle,
		sizeBytes: members.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
		hasLicence: byName.has('iTunesMetadata.plist') && members.some(({ name }) => name.startsWith(`Payload/${bundle}/SC_Info/`)),
		read: (inside) => {
			const member = byName.get(`Payload/${bundle}/${inside}`);
			return member === undefined ? undefined : readMember(source, member);
		},
	};
}

function checkLink(target: string): void {
	if (target.startsWith('/') || target.split('/').includes('..')) {
		throw new InstallFailure('InvalidSymlink', 'A symbolic link in the package leads out of it.');
	}
}

function readWhole(sizeBytes: number, read: (sizeBytes: number) => Uint8Array): Uint8Array {
	if (sizeBytes > MAX_FILE_BYTES) {
		throw new BadArchive('A part of it is too long.');
	}
	const bytes = new Uint8Array(sizeBytes);
	let filled = 0;
	while (filled < sizeBytes) {
		const portion = read(sizeBytes - filled);
		if (portion.length === 0) {
			throw new BadArchive('It is cut short.');
		}
		bytes.set(portion, filled);
		filled += portion.length;
	}
	return bytes;
}
