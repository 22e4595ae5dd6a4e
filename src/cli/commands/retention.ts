import { Argument } from 'commander';
import { confirm, mustConfirm } from '../confirmation.ts';
import { wrongUse } from '../errors.ts';
import { formatBytes, formatCount } from '../format.ts';
import { retentionRules } from '../labFile.ts';
import { retentionDocument, retentionLines } from '../retentionText.ts';
import type { Session } from '../session.ts';
import { examples, GROUP, KNOWN_DEVICE_ARGUMENT, type AddCommand } from './register.ts';

type Action = 'preview' | 'apply';

const KEEP_HELP = `
--keep is a list of rules; a snapshot stays when any of them wants it:
  last=5                         the newest five
  hourly= daily= weekly=         the newest of each of the latest so many hours, days, weeks,
  monthly= yearly=               months, years that have one; "all" for every one
  safety=14d                     safety snapshots stay so long (12h, 14d, 8w, forever)
  baseline=clean-*               whose name fits stays; may be given several times
Never forgotten: what is pinned, the baselines of the lab file, heads, what a running job needs, and the newest of each device.
`;

/** `retention`: thins the history out by rules. */
export const addRetention: AddCommand = (program, run) => {
	program
		.command('retention')
		.helpGroup(GROUP.upkeep)
		.summary('thin the snapshots out by rules')
		.description('Shows which snapshots rules keep and forget, why, and how much space that really frees; or does it, after asking.')
		.addArgument(new Argument('<action>', 'preview only shows; apply shows, asks and does it').choices(['preview', 'apply']))
		.argument('[device]', KNOWN_DEVICE_ARGUMENT)
		.option('--keep <rules>', 'what stays, such as last=5,daily=7,weekly=4 (default: "retention" of the lab file)')
		.addHelpText(
			'after',
			KEEP_HELP +
				examples(
					"devicelab retention preview --keep 'last=5,daily=7,weekly=4'",
					"devicelab retention apply \"Anna's iPhone\" --keep 'last=20,baseline=clean-*' --yes",
				),
		)
		.action((action: Action, device: string | undefined, options: { keep?: string }) =>
			run((session) => retention(session, action, device, options.keep)),
		);
};

async function retention(session: Session, action: Action, device: string | undefined, keep: string | undefined): Promise<void> {
	session.operation = 'store';
	session.device = device;
	const rules = await retentionRules(keep, session.io);
	if (rules === undefined) {
		throw wrongUse('Say what stays with --keep, such as --keep last=5,daily=7; there is no lab file here that has "retention".');
	}
	if (action === 'apply') {
		mustConfirm(session, 'Forgetting snapshots cannot be taken back', ', or use preview to only see');
	}
	const { library } = session.engine;
	const preview = await library.previewRetention(device, rules, session.signal);
	const document = retentionDocument(preview);
	if (action === 'preview') {
		session.result({ retention: document }, retentionLines(preview, session.style));
		return;
	}
	retentionLines(preview, session.errorStyle).forEach((line) => session.note(line));
	const count = preview.decisions.filter(({ keep }) => !keep).length;
	if (count > 0) {
		await confirm(session, `Forget ${count === 1 ? 'this snapshot' : `these ${formatCount(count, 'snapshot')}`} for good?`);
	}
	// What was shown is what is done; what has changed meanwhile is for a person to look at again.
	const shown = preview.plan.forget.map(({ udid, id }) => ({ udid, snapshot: id }));
	const look = { measured: 'finishing', words: { finishing: 'Cleaning up' } } as const;
	const applied = await session.job((run) => library.applyRetention(device, rules, shown, run), look);
	session.result({ retention: { ...document, applied } }, [
		`Forgotten: ${formatCount(applied.forgotten.length, 'snapshot')}. Given back: ${formatBytes(applied.freedBytes)}.`,
		...(applied.waitingBytes === 0
			? []
			: [
					`${formatBytes(applied.waitingBytes)}${applied.freedBytes === 0 ? '' : ' more'} can be given back in a few minutes: devicelab prune`,
				]),
	]);
}
