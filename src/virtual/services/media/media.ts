import { rename, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../base/index.ts';
import type { DeviceFiles } from '../../files/index.ts';
import type { DeviceSettings } from '../../settings.ts';
import { MediaContents } from './contents.ts';
import type { DirectoryNode } from './nodes.ts';
import { createContainerRoot, createMediaRoot, graftMedia } from './seed.ts';
import { MediaTree } from './tree.ts';
import { decodeTree, encodeTree } from './treeFile.ts';
import type { Volume } from './volume.ts';

const TREE_FILE = 'media.json';

/** What of an app's container is shown: everything, or its documents. */
export type ContainerPart = 'container' | 'documents';

/** What the folders of a device are made of. */
export interface DeviceMediaOptions {
	readonly seed: string;
	/** Content and structure lie here; created when missing. */
	readonly folder: string;
	readonly files: DeviceFiles;
	readonly settings: DeviceSettings;
	readonly clock: Clock;
}

/** The folders of one device that hosts reach through AFC: the media folder, and containers of apps. */
export class DeviceMedia {
	readonly #folder: string;
	readonly #files: DeviceFiles;
	readonly #clock: Clock;
	readonly #contents: MediaContents;
	readonly #tree: MediaTree;
	readonly #settings: DeviceSettings;
	readonly #containers = new Map<string, { madeAt: number; tree: MediaTree }>();
	#graftedAt: number | undefined;
	#isDirty = false;

	private constructor(options: DeviceMediaOptions, root: DirectoryNode, contents: MediaContents) {
		this.#folder = options.folder;
		this.#files = options.files;
		this.#clock = options.clock;
		this.#settings = options.settings;
		this.#contents = contents;
		this.#tree = this.#treeOf(root, contents);
	}

	/** What was saved in the folder, or the media of a new device. @throws VirtualError `STATE_UNUSABLE` */
	static async open(options: DeviceMediaOptions): Promise<DeviceMedia> {
		const contents = new MediaContents(options.folder);
		const saved = await readFile(join(options.folder, TREE_FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
			if (error.code === 'ENOENT') {
				return undefined;
			}
			throw error;
		});
		return new DeviceMedia(options, saved === undefined ? createMediaRoot(options.seed) : decodeTree(saved, contents), contents);
	}

	/** The media folder, with the photos that the device carries now. */
	volume(): Volume {
		if (this.#graftedAt !== this.#files.now) {
			this.#graftedAt = this.#files.now;
			graftMedia(this.#tree.root, this.#files);
		}
		return this.#tree;
	}

	/** An app's container as it is now. What hosts write there lasts until the device's own files change, and is in no backup. */
	container(bundleId: string, part: ContainerPart): Volume {
		const key = `${part} ${bundleId}`;
		const known = this.#containers.get(key);
		if (known?.madeAt === this.#files.now) {
			return known.tree;
		}
		const shows = (path: string): boolean => part === 'container' || path === 'Documents' || path.startsWith('Documents/');
		const tree = this.#treeOf(createContainerRoot(`AppDomain-${bundleId}`, this.#files, shows), this.#contents);
		tree.makeDirectory('/Documents');
		this.#containers.set(key, { madeAt: this.#files.now, tree });
		return tree;
	}

	/** Writes what changed into the folder. */
	async save(): Promise<void> {
		if (this.#isDirty) {
			this.#isDirty = false;
			const target = join(this.#folder, TREE_FILE);
			await writeFile(`${target}.new`, encodeTree(this.#tree.root), { mode: 0o600 });
			await rename(`${target}.new`, target);
		}
	}

	close(): void {
		this.#contents.close();
	}

	#treeOf(root: DirectoryNode, contents: MediaContents): MediaTree {
		return new MediaTree(root, contents, {
			clock: this.#clock,
			limits: { freeBytes: () => this.#settings.freeBytes },
			onChange: () => (this.#isDirty = true),
		});
	}
}
