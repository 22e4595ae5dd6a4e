import { throwIfAborted } from '../../base/index.ts';
import type { PrunePlan, SnapshotStore } from '../../snapshots/index.ts';
import { applyRetention, parseRetentionPolicy, type RetentionDecision } from '../../snapshots/index.ts';

/** What a policy comes to, as things stand. */
export interface RetentionPreview {
	readonly decisions: readonly (RetentionDecision & { readonly udid: string; readonly name?: string; readonly takenAt: string })[];
	/** What would be done, and how much is really freed. */
	readonly plan: PrunePlan;
}

/** Decides for one device, or for all, what a policy keeps and why. */
export async function previewRetention(
	store: SnapshotStore,
	udid: string | undefined,
	policyText: string,
	nowMs: number,
	signal?: AbortSignal,
): Promise<RetentionPreview> {
	const policy = parseRetentionPolicy(policyText);
	const inUse = new Set((await store.leases()).map((lease) => lease.snapshot));
	const subjects = [];
	for (const each of udid === undefined ? await store.devices() : [udid]) {
		throwIfAborted(signal);
		const [{ snapshots }, head, appHeads] = [await store.snapshots(each), await store.head(each), await store.appHeads(each)];
		for (const { record, labels, verdict } of snapshots) {
			subjects.push({
				id: record.id,
				udid: record.udid,
				...(record.app === undefined ? {} : { app: record.app }),
				takenAtMs: record.takenAtMs,
				...(labels.name === undefined ? {} : { name: labels.name }),
				pinned: labels.pinned === true,
				head: record.id === (record.app === undefined ? head : appHeads.get(record.app)),
				inUse: inUse.has(record.id),
				safety: record.trigger === 'safety',
				...(verdict === undefined ? {} : verdict.whole ? { verified: true } : { damaged: true }),
			});
		}
	}
	const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
	const byId = new Map(subjects.map((subject) => [subject.id as string, subject]));
	const decisions = applyRetention(subjects, policy, nowMs, timeZone).flatMap((decision) => {
		const subject = byId.get(decision.id);
		return subject === undefined
			? []
			: [
					{
						...decision,
						udid: subject.udid,
						...(subject.name === undefined ? {} : { name: subject.name }),
						takenAt: new Date(subject.takenAtMs).toISOString(),
					},
				];
	});
	const forget = subjects
		.filter(({ id }) => decisions.some((decision) => decision.id === id && !decision.keep))
		.map((subject) => ({ udid: subject.udid, id: subject.id }));
	return { decisions, plan: await store.planPrune({ forget, ...(signal === undefined ? {} : { signal }) }) };
}
