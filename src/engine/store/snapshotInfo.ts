import type { GitFacts, SnapshotInfo } from '../../contract/index.ts';
import { present } from '../known.ts';
import type { Facts, Snapshot, SnapshotId } from '../../snapshots/index.ts';

/** What the engine keeps in a record beside what every snapshot has. Read back as untrusted: records are files. */
export function deviceFacts(device: {
	name?: string | undefined;
	model?: string | undefined;
	productType?: string | undefined;
	iosVersion?: string | undefined;
}): Facts {
	return definedOnly({ name: device.name, model: device.model, productType: device.productType, iosVersion: device.iosVersion });
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
	const git = record.git === undefined ? undefined : readGit(record.git);
	return {
		id: record.id,
		udid: record.udid,
		kind: record.kind,
		...present('name', labels.name),
		...present('note', labels.note),
		pinned: labels.pinned === true,
		...present('parent', record.parent),
		isHead: record.id === (record.app === undefined ? head : appHeads?.get(record.app)),
		takenAt: new Date(record.takenAtMs).toISOString(),
		trigger: record.trigger,
		...present('deviceName', text(record.device, 'name')),
		...present('model', text(record.device, 'model')),
		...present('iosVersion', text(record.device, 'iosVersion')),
		encrypted: record.backup['encrypted'] === true,
		fileCount: record.fileCount,
		sizeBytes: record.sizeBytes,
		addedBytes: record.addedBytes,
		...present('git', git),
		...(verdict === undefined ? {} : { [verdict.whole ? 'verifiedAt' : 'damagedAt']: new Date(verdict.atMs).toISOString() }),
		...present('app', record.app === undefined ? undefined : readAppFacts(record.app, record.backup)),
	};
}

function readAppFacts(bundleId: string, facts: Facts): NonNullable<SnapshotInfo['app']> {
	return {
		bundleId,
		...present('name', text(facts, 'appName')),
		...present('version', text(facts, 'appVersion')),
		...present('build', text(facts, 'appBuild')),
	};
}

function readGit(facts: Facts): GitFacts {
	const dirty = facts['dirty'];
	return {
		...present('commit', text(facts, 'commit')),
		...present('branch', text(facts, 'branch')),
		...present('dirty', typeof dirty === 'boolean' ? dirty : undefined),
		...present('build', text(facts, 'build')),
	};
}

function text(facts: Facts, key: string): string | undefined {
	const value = facts[key];
	return typeof value === 'string' ? value : undefined;
}

function definedOnly(fields: Record<string, string | boolean | undefined>): Facts {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
