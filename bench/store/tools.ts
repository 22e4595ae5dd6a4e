import { mkdirSync, readFileSync, symlinkSync, rmSync } from 'node:fs';
import path from 'node:path';
import { outputOf, type Run } from './measure.ts';

/** Whose snapshots our store keeps here. */
export const BENCH_UDID = '00008030-0000000000BE7C40';

/** One program that keeps states of a folder, driven as its manual says, with its own defaults unless a comment says otherwise. */
export interface Tool {
	readonly name: string;
	/** Prints its version; a program that cannot is not installed. */
	readonly version: readonly string[];
	/** Makes an empty store; not measured. */
	create(at: ToolPlaces): readonly Run[];
	snapshot(at: ToolPlaces, number: number): Run;
	/** Called after each snapshot; not measured. @returns the seconds that sealing alone took, where the tool says so. */
	sealed?(at: ToolPlaces, number: number): Promise<number | undefined>;
	/** Writes one whole snapshot into an empty folder. */
	restore(at: ToolPlaces, number: number, into: string): Run;
	/** Where in `into` the tree is then; `into` itself when absent. */
	restored?(into: string): string;
	/** Reads all data and checks it. */
	verify?(at: ToolPlaces): Run;
	diff?(at: ToolPlaces, from: number, to: number): Run;
	/** `restore` reads and checks everything and writes nothing: as a roll-back does, which needs no folder. */
	readonly servesOnly?: boolean;
}

/** Where a tool works. */
export interface ToolPlaces {
	/** The folder that is backed up. */
	readonly tree: string;
	/** The tool's own folder: it may make what it likes there. */
	readonly store: string;
	/** For caches and settings, beside the store: they are no part of its size. */
	readonly home: string;
	/** A JSON file that says what changed since the snapshot before. */
	readonly changes: string;
	/** The ids of restic's snapshots, which are its own choice, by number from 1. */
	readonly ids: string[];
}

/** Encrypts always; from its version 0.14 compresses with zstd. */
const restic: Tool = {
	name: 'restic',
	version: ['restic', 'version'],
	create: (at) => [{ command: ['restic', 'init'], environment: resticEnvironment(at) }],
	// A tag, since restic names snapshots itself.
	snapshot: (at, number) => ({
		command: ['restic', 'backup', '--quiet', '--host', 'bench', '--tag', `s${number}`, '.'],
		folder: at.tree,
		environment: resticEnvironment(at),
	}),
	sealed: async (at, number) => {
		const listed = await outputOf({
			command: ['restic', 'snapshots', '--json', '--tag', `s${number}`],
			environment: resticEnvironment(at),
		});
		at.ids.push((JSON.parse(listed) as { id: string }[])[0]?.id ?? '');
		return undefined;
	},
	restore: (at, number, into) => ({
		command: ['restic', 'restore', '--quiet', '--host', 'bench', '--tag', `s${number}`, '--target', into, 'latest'],
		environment: resticEnvironment(at),
	}),
	verify: (at) => ({ command: ['restic', 'check', '--read-data'], environment: resticEnvironment(at) }),
	diff: (at, from, to) => ({
		command: ['restic', 'diff', at.ids[from - 1] ?? '', at.ids[to - 1] ?? ''],
		environment: resticEnvironment(at),
	}),
};

/** Without encryption, which is to its advantage; compresses with lz4. */
const borg: Tool = {
	name: 'borg',
	version: ['borg', '--version'],
	create: (at) => [{ command: ['borg', 'init', '--encryption=none', at.store], environment: borgEnvironment(at) }],
	snapshot: (at, number) => ({
		command: ['borg', 'create', `${at.store}::s${number}`, '.'],
		folder: at.tree,
		environment: borgEnvironment(at),
	}),
	restore: (at, number, into) => ({
		command: ['borg', 'extract', `${at.store}::s${number}`],
		folder: into,
		environment: borgEnvironment(at),
	}),
	verify: (at) => ({ command: ['borg', 'check', '--verify-data', at.store], environment: borgEnvironment(at) }),
	diff: (at, from, to) => ({ command: ['borg', 'diff', `${at.store}::s${from}`, `s${to}`], environment: borgEnvironment(at) }),
};

/** A folder for each state, unchanged files as hard links. It has no verify and no diff of its own, and waits for no disk. */
const rsync: Tool = {
	name: 'rsync --link-dest',
	version: ['rsync', '--version'],
	create: (at) => {
		mkdirSync(at.store, { recursive: true });
		return [];
	},
	snapshot: (at, number) => ({
		command: [
			'rsync',
			'--archive',
			...(number > 1 ? [`--link-dest=${path.join(at.store, 'latest')}`] : []),
			`${at.tree}/`,
			path.join(at.store, `s${number}/`),
		],
	}),
	sealed: async (at, number) => {
		rmSync(path.join(at.store, 'latest'), { force: true });
		symlinkSync(`s${number}`, path.join(at.store, 'latest'));
		return undefined;
	},
	restore: (at, number, into) => ({ command: ['rsync', '--archive', `${path.join(at.store, `s${number}`)}/`, `${into}/`] }),
};

/**
 * All, in the order of the report; ratios are to the first.
 *
 * @param program - bench/storeProgram.ts, bundled as it is shipped.
 */
export function toolsWith(program: string): readonly Tool[] {
	// As a large job of the command line has it.
	const command = [process.execPath, '--max-semi-space-size=2', program];
	const ours = ourTool(command);
	return [ours, ourToolAsUsed(ours, command), restic, borg, rsync];
}

/** Our store, doing what the others do: it looks through the whole folder, and restores into one. */
function ourTool(command: readonly string[]): Tool {
	return {
		name: 'devicelab',
		version: [process.execPath, '--print', '"devicelab of this folder"'],
		create: () => [],
		snapshot: (at, number) => ({
			command: [...command, number > 1 ? 'snapshot' : 'import', at.store, at.tree],
			environment: { BENCH_SEAL_FILE: sealFile(at) },
		}),
		sealed: (at) => Promise.resolve(Number(readFileSync(sealFile(at), 'utf8'))),
		restore: (at, number, into) => ({ command: [...command, 'export', at.store, String(number), into] }),
		restored: (into) => path.join(into, BENCH_UDID),
		verify: (at) => ({ command: [...command, 'verify', at.store] }),
		diff: (at, from, to) => ({ command: [...command, 'diff', at.store, String(from), String(to)] }),
	};
}

/** Our store as it is used: the device tells what changed, and a roll-back is served from the store. */
function ourToolAsUsed(ours: Tool, command: readonly string[]): Tool {
	return {
		...ours,
		name: 'devicelab, as used',
		snapshot: (at, number) => ({
			command: [...command, ...(number > 1 ? ['snapshot', at.store, at.tree, at.changes] : ['import', at.store, at.tree])],
			environment: { BENCH_SEAL_FILE: sealFile(at) },
		}),
		restore: (at, number) => ({ command: [...command, 'serve', at.store, String(number)] }),
		servesOnly: true,
	};
}

function sealFile({ home }: ToolPlaces): string {
	return path.join(home, 'seal');
}

function resticEnvironment({ store, home }: ToolPlaces): Record<string, string> {
	return { RESTIC_REPOSITORY: store, RESTIC_PASSWORD: 'bench', RESTIC_CACHE_DIR: path.join(home, 'cache') };
}

function borgEnvironment({ home }: ToolPlaces): Record<string, string> {
	return {
		BORG_BASE_DIR: home,
		BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes',
		BORG_RELOCATED_REPO_ACCESS_IS_OK: 'yes',
	};
}
