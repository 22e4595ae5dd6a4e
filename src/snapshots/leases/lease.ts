/** What a lease is held for. */
export type LeaseKind = 'backup' | 'restore' | 'read' | 'prune' | 'repair' | 'name';

/** What kind of program holds a lease, as far as it says so. `automatic`: one that backs up unasked, editor or command line. */
export type LeaseProgram = 'editor' | 'command-line' | 'automatic';

/** What the holder wants to do, and with what. */
export interface LeaseRequest {
	readonly kind: LeaseKind;
	/** The device, for a backup or restore. */
	readonly udid?: string;
	/** The snapshot that must stay as long as the lease is held. */
	readonly snapshot?: string;
	/** The job, as its staging area is called. */
	readonly jobId?: string;
}

/** Who holds it, as others read it. */
export interface LeaseHolder extends LeaseRequest {
	readonly id: string;
	readonly host: string;
	readonly process: number;
	/** What tells this process from a later one with the same number; undefined where the system does not say. */
	readonly processStart: string | undefined;
	/** Absent for programs of an earlier version. */
	readonly program?: LeaseProgram;
	/** By the holder's clock, for people. */
	readonly startedAtMs: number;
}

/** Whether two may not be held at once. */
export function conflict(a: LeaseRequest, b: LeaseRequest): boolean {
	if (a.kind === 'repair' || b.kind === 'repair') {
		return true;
	}
	if (a.kind === 'prune' || b.kind === 'prune') {
		return a.kind === b.kind;
	}
	if (a.kind === 'name' || b.kind === 'name') {
		return a.kind === b.kind && a.udid === b.udid;
	}
	const works = (lease: LeaseRequest): boolean => lease.kind === 'backup' || lease.kind === 'restore';
	return works(a) && works(b) && a.udid === b.udid;
}

/** Undefined when the value does not have the shape of one. */
export function holderFrom(value: unknown, id: string): LeaseHolder | undefined {
	if (typeof value !== 'object' || value === null) {
		return undefined;
	}
	const fields = value as Record<string, unknown>;
	const text = (name: string): string | undefined => (typeof fields[name] === 'string' ? fields[name] : undefined);
	// A kind of a later version still is somebody who may be reading.
	const kind = KINDS.find((known) => known === fields['kind']) ?? 'read';
	const host = text('host');
	if (host === undefined || !Number.isSafeInteger(fields['process'])) {
		return undefined;
	}
	const program = PROGRAMS.find((known) => known === fields['program']);
	const [udid, snapshot, jobId] = [text('udid'), text('snapshot'), text('jobId')];
	return {
		id,
		kind,
		...(udid === undefined ? {} : { udid }),
		...(snapshot === undefined ? {} : { snapshot }),
		...(jobId === undefined ? {} : { jobId }),
		host,
		process: fields['process'] as number,
		processStart: text('processStart'),
		...(program === undefined ? {} : { program }),
		startedAtMs: typeof fields['startedAtMs'] === 'number' ? fields['startedAtMs'] : 0,
	};
}

const KINDS: readonly LeaseKind[] = ['backup', 'restore', 'read', 'prune', 'repair', 'name'];
const PROGRAMS: readonly LeaseProgram[] = ['editor', 'command-line', 'automatic'];
