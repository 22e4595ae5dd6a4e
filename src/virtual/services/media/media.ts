import { rename, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../base/index.ts';
import type { DeviceFiles } from '../../files/index.ts';
import type { DeviceSettings } from '../../settings.ts';
import { AppContainers } from './containers.ts';
import { MediaContents } from './contents.ts';
import { DocumentsVolume } from './documentsVolume.ts';
import type { DirectoryNode } from './nodes.ts';
import { createMediaRoot, graftMedia } from './seed.ts';
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
	readonly containers: AppContainers;
	readonly #folder: string;
	readonly #files: DeviceFiles;
	readonly #contents: MediaContents;
	readonly #tree: MediaTree;
	#graftedAt: number | undefined;
	readonly #isDirty: { media: boolean; containers: boolean };

	private constructor(
		options: DeviceMediaOptions,
		parts: { contents: MediaContents; tree: MediaTree; containers: AppContainers; isDirty: { media: boolean; containers: boolean } },
	) {
		this.#folder = options.folder;
		this.#files = options.files;
		this.#contents = parts.contents;
		this.#tree = parts.tree;
		this.containers = parts.containers;
		this.#isDirty = parts.isDirty;
	}

	/** What was saved in the folder, or the media of a new device. @throws VirtualError `STATE_UNUSABLE` */
	static async open(options: DeviceMediaOptions): Promise<DeviceMedia> {
		const { folder, files, clock, settings } = options;
		const contents = new MediaContents(folder);
		const saved = await readFile(join(folder, TREE_FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
			if (error.code === 'ENOENT') {
				return undefined;
			}
			throw error;
		});
		const isDirty = { media: false, containers: false };
		const treeOf = (root: DirectoryNode, onChange: () => void): MediaTree =>
			new MediaTree(root, contents, { clock, limits: { freeBytes: () => settings.freeBytes }, onChange });
		const tree = treeOf(saved === undefined ? createMediaRoot(options.seed) : decodeTree(saved, contents), () => (isDirty.media = true));
		const containers = await AppContainers.load({
			folder,
			files,
			contents,
			treeOf: (root) => treeOf(root, () => (isDirty.containers = true)),
		});
		return new DeviceMedia(options, { contents, tree, containers, isDirty });
	}

	/** The media folder, with the photos that the device carries now. */
	volume(): Volume {
		if (this.#graftedAt !== this.#files.now) {
			this.#graftedAt = this.#files.now;
			graftMedia(this.#tree.root, this.#files);
		}
		return this.#tree;
	}

	/** An app's container as it is now. What hosts write there is the device's own from `settle` on. */
	container(bundleId: string, part: ContainerPart): Volume {
		const tree = this.containers.open(bundleId);
		return part === 'container' ? tree : new DocumentsVolume(tree);
	}

	/** Writes what changed into the folder. */
	async save(): Promise<void> {
		if (this.#isDirty.media) {
			this.#isDirty.media = false;
			const target = join(this.#folder, TREE_FILE);
			await writeFile(`${target}.new`, encodeTree(this.#tree.root), { mode: 0o600 });
			await rename(`${target}.new`, target);
		}
		if (this.#isDirty.containers) {
			this.#isDirty.containers = false;
			await this.containers.save();
		}
	}

	close(): void {
		this.#contents.close();
	}
}
