import type { GitFacts, Known, SnapshotInfo } from '../../contract/index.ts';
import { present } from '../known.ts';
import type { Facts, Snapshot, SnapshotId } from '../../snapshots/index.ts';

/** What the engine keeps in a record beside what every snapshot has. Read back as untrusted: records are files. */
export function deviceFacts(device: {
	name?: string | undefined;
	model?: string | undefined;
	productType?: string | undefined;
	iosVersion?: string | undefined;
	supervised?: Known | undefined;
}): Facts {
	const { name, model, productType, iosVersion, supervised } = device;
	return definedOnly({ name, model, productType, iosVersion, supervised: supervised === 'unknown' ? undefined : supervised === 'on' });
}

export function gitFactsRecord(git: GitFacts): Facts {
	return definedOnly({ commit: git.commit, branch: git.branch, dirty: git.dirty, build: git.build });
}

/** A snapshot as it crosses a border. */
export function snapshotInfo(
	{ record, labels, verdict }: Snapshot,
	head: SnapshotId | undefined,
	appHeads?: ReadonlyMap<string, SnapshotId>,
): SnapshotInfo {
	// In plain steps, not by spreading what is present: a list of ten thousand is made with each command.
	const info: Writable<SnapshotInfo> = {
		id: record.id,
		udid: record.udid,
		kind: record.kind,
		pinned: labels.pinned === true,
		isHead: record.id === (record.app === undefined ? head : appHeads?.get(record.app)),
		takenAt: new Date(record.takenAtMs).toISOString(),
		trigger: record.trigger,
		encrypted: record.backup['encrypted'] === true,
		fileCount: record.fileCount,
		sizeBytes: record.sizeBytes,
		addedBytes: record.addedBytes,
	};
	if (labels.name !== undefined) {
		info.name = labels.name;
	}
	if (labels.note !== undefined) {
		info.note = labels.note;
	}
	if (record.parent !== undefined) {
		info.parent = record.parent;
	}
	const { name, model, iosVersion } = record.device;
	if (typeof name === 'string') {
		info.deviceName = name;
	}
	if (typeof model === 'string') {
		info.model = model;
	}
	if (typeof iosVersion === 'string') {
		info.iosVersion = iosVersion;
	}
	if (typeof record.device['supervised'] === 'boolean') {
		info.supervised = record.device['supervised'];
	}
	if (record.git !== undefined) {
		info.git = readGit(record.git);
	}
	if (verdict !== undefined) {
		info[verdict.whole ? 'verifiedAt' : 'damagedAt'] = new Date(verdict.atMs).toISOString();
	}
	if (record.app !== undefined) {
		info.app = readAppFacts(record.app, record.backup);
	}
	return info;
}

type Writable<T> = { -readonly [Field in keyof T]: T[Field] };

function readAppFacts(bundleId: string, facts: Facts): NonNullable<SnapshotInfo['app']> {
	return {
		bundleId,
		...present('name', text(facts, 'appName')),
		...present('version', text(facts, 'appVersion')),
		...present('build', text(facts, 'appBuild')),
	};
}

function readGit(facts: Facts): GitFacts {
	const { commit, branch, dirty, build } = facts;
	const git: Writable<GitFacts> = {};
	if (typeof commit === 'string') {
		git.commit = commit;
	}
	if (typeof branch === 'string') {
		git.branch = branch;
	}
	if (typeof dirty === 'boolean') {
		git.dirty = dirty;
	}
	if (typeof build === 'string') {
		git.build = build;
	}
	return git;
}

function text(facts: Facts, key: string): string | undefined {
	const value = facts[key];
	return typeof value === 'string' ? value : undefined;
}

function definedOnly(fields: Record<string, string | boolean | undefined>): Facts {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
