import type { LabHistoryEvent, TimelineEvent } from '../../contract/index.ts';

/** What the engine noted of a device, as the page shows it. Kinds that a later version knows are left out. */
export function timelineEvents(history: readonly LabHistoryEvent[]): readonly TimelineEvent[] {
	return history.flatMap((event, index) => {
		const kind = kindOf(event.kind);
		return kind === undefined ? [] : { id: `${event.at}/${index}`, at: event.at, kind, subject: subjectOf(event) };
	});
}

function kindOf(kind: string): TimelineEvent['kind'] | undefined {
	switch (kind) {
		case 'build-installed':
		case 'app-removed':
			return kind;
		case 'app-rolled-back':
			return 'rolled-back';
		default:
			return undefined;
	}
}

/** `Acme 2.1 (417)`; for a roll-back the snapshot and the app. */
function subjectOf({ kind, bundleId = '', facts }: LabHistoryEvent): string {
	const text = (key: string): string | undefined => (typeof facts[key] === 'string' ? facts[key] : undefined);
	if (kind === 'app-rolled-back') {
		return `${text('name') ?? text('snapshot')?.slice(0, 8) ?? ''} (${bundleId})`;
	}
	const build = text('build');
	return [text('name') ?? bundleId, text('version'), build === undefined ? undefined : `(${build})`].filter(Boolean).join(' ');
}
