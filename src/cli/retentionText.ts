import { quoted, showable } from './escape.ts';
import { formatBytes, formatCount, formatTime } from './format.ts';
import type { EngineApi } from './session.ts';
import { shortId } from './snapshotText.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

/** What rules would keep and forget. */
export type RetentionPreview = Awaited<ReturnType<EngineApi['library']['previewRetention']>>;

type Decision = RetentionPreview['decisions'][number];
type Reason = Decision['reasons'][number];

/** The decisions with their reasons, and what is freed. */
export function retentionDocument({ decisions, plan }: RetentionPreview): Record<string, unknown> {
	return {
		decisions: decisions.map(({ id, name, udid, ...rest }) => ({ id, name, device: udid, ...rest })),
		freedBytes: plan.freedBytes,
		unfreedBytes: plan.unfreedBytes,
	};
}

/** A line for each snapshot with the reasons, and what it comes to. */
export function retentionLines({ decisions, plan }: RetentionPreview, style: Style): string[] {
	const several = new Set(decisions.map(({ udid }) => udid)).size > 1;
	const rows = decisions.map((decision) => [
		decision.keep ? style.green('keep') : style.red('forget'),
		several ? showable(decision.udid) : '',
		decision.name === undefined ? '' : style.bold(showable(decision.name)),
		formatTime(decision.takenAt),
		shortId(decision.id),
		decision.reasons.map(reasonText).join('; '),
	]);
	const [heading = '', ...lines] = renderTable(['', 'DEVICE', 'NAME', 'TAKEN', 'ID', 'WHY'], rows);
	const forgotten = decisions.filter(({ keep }) => !keep).length;
	const stays = plan.unfreedBytes === 0 ? '' : ` (${formatBytes(plan.unfreedBytes)} more are in packs that others need)`;
	return [
		...(decisions.length === 0 ? [] : [style.dim(heading), ...lines]),
		`Keeps ${formatCount(decisions.length - forgotten, 'snapshot')}, forgets ${forgotten}. Frees ${formatBytes(plan.freedBytes)}${stays}.`,
	];
}

/** A reason in words; a code of the engine that has none yet stands for itself. */
function reasonText(reason: Reason): string {
	switch (reason.code) {
		case 'pinned':
			return 'pinned';
		case 'head':
			return 'head';
		case 'inUse':
			return 'a job needs it';
		case 'noRules':
			return 'no rule counts';
		case 'newest':
			return 'the newest';
		case 'newestSound':
			return 'the newest without damage';
		case 'newestVerified':
			return 'the newest that was verified';
		case 'baseline':
			return `baseline ${quoted(reason.pattern)}`;
		case 'oldest':
			return `the oldest (${reason.rule}: ${reason.found} of ${reason.count} so far)`;
		case 'safety':
			return reason.untilMs === undefined
				? 'safety snapshot'
				: `safety snapshot, until ${formatTime(new Date(reason.untilMs).toISOString())}`;
		case 'damaged':
			return 'damaged: for you to decide';
		case 'future':
			return 'its time lies ahead of this clock';
		case 'undated':
			return 'its time is unknown';
		case 'superseded':
			return `${reason.rule}: ${shortId(reason.by)} stands for ${showable(reason.period)}`;
		case 'beyondCount':
			return `beyond ${reason.rule}=${reason.count}`;
		case 'safetyExpired':
			return 'safety snapshot whose time is over';
		default:
			return `${reason.code} ${reason.rank} of ${reason.count}`;
	}
}
