import { InvalidArgumentError } from 'commander';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { formatBytes, formatCount } from '../format.ts';
import type { EngineApi, Session } from '../session.ts';
import { shortId } from '../snapshotText.ts';
import { verifyDocument, verifyLines } from '../verifyText.ts';
import { examples, GROUP, KNOWN_DEVICE_ARGUMENT, SNAPSHOT_ARGUMENT, type AddCommand } from './register.ts';

/** `verify`: reads what snapshots consist of, and finds damage. */
export const addVerify: AddCommand = (program, run) => {
	program
		.command('verify')
		.helpGroup(GROUP.upkeep)
		.summary('look for damage')
		.description(
			'Reads every byte that the snapshots need, of all devices, of one, or of one snapshot, and checks it. Damage is named with the ' +
				'snapshots, apps and files that it touches; nothing is changed. Exit code 6 when there is any. The names of files in encrypted ' +
				'snapshots are told with DEVICELAB_PASSWORD.',
		)
		.argument('[device]', KNOWN_DEVICE_ARGUMENT)
		.argument('[snapshot]', SNAPSHOT_ARGUMENT)
		.option('--sample <percent>', 'read only so much of the bytes, chosen at random; whether all is there is always looked at', percentage)
		.addHelpText('after', examples('devicelab verify', 'devicelab verify "Anna\'s iPhone" clean', 'devicelab verify --sample 5 --json'))
		.action((device: string | undefined, snapshot: string | undefined, options: { sample?: number }) =>
			run((session) => verify(session, device, snapshot, options.sample)),
		);
};

async function verify(
	session: Session,
	device: string | undefined,
	snapshot: string | undefined,
	percent: number | undefined,
): Promise<ExitCode | void> {
	session.operation = 'store';
	session.device = device;
	const { library } = session.engine;
	const wanted = {
		...(device === undefined ? {} : { device }),
		...(snapshot === undefined ? {} : { snapshot }),
		...(percent === undefined ? {} : { sample: percent / 100 }),
		password: session.io.environment['DEVICELAB_PASSWORD'] || undefined,
	};
	const report = await session.job((run) => library.verify(wanted, run), { measured: 'verifying' });
	session.result({ verify: verifyDocument(report) }, verifyLines(report, session.style));
	return report.whole ? undefined : EXIT.damaged;
}

/** `repair`: makes anew what can be made from what is there. */
export const addRepair: AddCommand = (program, run) => {
	program
		.command('repair')
		.helpGroup(GROUP.upkeep)
		.summary('make anew what can be made from what is there')
		.description(
			'Makes indexes, lists and heads of the store anew from its packs and records, for instance after it was copied back in parts, and takes ' +
				'what can still be read out of damaged packs. Snapshots are never changed or deleted by it. Exit code 6 when something is lost.',
		)
		.addHelpText('after', examples('devicelab repair', 'devicelab repair --store /media/nas/store --json'))
		.action(() => run(repair));
};

async function repair(session: Session): Promise<ExitCode | void> {
	session.operation = 'store';
	const report = await session.job((run) => session.engine.library.repair(run), {
		measured: 'finishing',
		words: { finishing: 'Repairing' },
	});
	session.result({ repair: report }, repairLines(report));
	const lost = report.missingBlobs.length;
	const unreadable = report.unreadable.length;
	if (lost + unreadable === 0) {
		return report.lostLabels.length === 0 ? undefined : EXIT.damaged;
	}
	const left = [
		...(lost === 0 ? [] : [`${formatCount(lost, 'content')} of snapshots ${lost === 1 ? 'is' : 'are'} lost`]),
		...(unreadable === 0 ? [] : [`${formatCount(unreadable, 'snapshot')} cannot be read`]),
	].join(', and ');
	session.warn(`${left}. \`devicelab verify\` names what that touches; a snapshot that brings the same content makes it whole again.`);
	return EXIT.damaged;
}

type RepairReport = Awaited<ReturnType<EngineApi['library']['repair']>>;

function repairLines(report: RepairReport): string[] {
	const { damagedPacks, salvagedBlobs, restoredRecords, restoredLabels, lostLabels, headsSet } = report;
	return [
		`Made anew: the index of ${formatCount(report.packs, 'pack')} with ${formatCount(report.blobs, 'content')}.`,
		...(damagedPacks.length === 0
			? []
			: [
					`Taken out of ${formatCount(damagedPacks.length, 'damaged pack')}: ${formatCount(salvagedBlobs, 'content')} that can still be read.`,
				]),
		...(restoredRecords.length === 0 ? [] : [`Written again: the record of ${formatCount(restoredRecords.length, 'snapshot')}.`]),
		...(restoredLabels.length === 0 ? [] : [`Written again: name, note and pin of ${formatCount(restoredLabels.length, 'snapshot')}.`]),
		...(lostLabels.length === 0
			? []
			: [
					`Lost: name and note of ${lostLabels.map(({ id }) => shortId(id)).join(', ')}. ${lostLabels.length === 1 ? 'It is' : 'They are'} pinned now, and can be named anew.`,
				]),
		...(headsSet.length === 0 ? [] : [`Set again: the head of ${formatCount(headsSet.length, 'device')}.`]),
	];
}

/** `prune`: gives space back. */
export const addPrune: AddCommand = (program, run) => {
	program
		.command('prune')
		.helpGroup(GROUP.upkeep)
		.summary('give back the space of deleted snapshots')
		.description(
			'Deletes what no snapshot needs any more. Safe beside running backups: what is found is deleted some minutes later at the earliest, by ' +
				'this command run again.',
		)
		.addHelpText('after', examples('devicelab prune', 'devicelab prune --json'))
		.action(() => run(prune));
};

async function prune(session: Session): Promise<void> {
	session.operation = 'store';
	const result = await session.job((run) => session.engine.library.prune(run), {
		measured: 'finishing',
		words: { finishing: 'Cleaning up' },
	});
	const waiting = `${formatBytes(result.waitingBytes)}${result.freedBytes === 0 ? '' : ' more'} can be given back in a few minutes: run this again then.`;
	session.result({ prune: result }, [
		result.freedBytes > 0
			? `Given back: ${formatBytes(result.freedBytes)}.`
			: result.waitingBytes > 0
				? 'Nothing was deleted yet.'
				: 'There is nothing to give back.',
		...(result.waitingBytes === 0 ? [] : [waiting]),
	]);
}

function percentage(text: string): number {
	const percent = Number(text.replace(/%$/, ''));
	if (!/^\d+(\.\d+)?%?$/.test(text) || percent <= 0 || percent > 100) {
		throw new InvalidArgumentError('It is a percentage above 0, up to 100.');
	}
	return percent;
}
