import * as l10n from '@vscode/l10n';
import type { Node } from 'jsonc-parser';
import { LANGUAGE_COMMANDS, type SnapshotInfo, type TaskAction } from '../../../contract/index.ts';
import { commandIds } from '../../../contributions.ts';
import { compareVersions } from '../../../engine/index.ts';
import { attachedDevice, deviceName, passwordKey, type LabFacts } from '../lookup/facts.ts';
import { findSnapshot, type SnapshotKind } from '../lookup/findSnapshot.ts';
import { quoted, snapshotPhrase } from '../text.ts';
import { replaceFix } from './deviceProblems.ts';
import type { Fix, Problem } from './problem.ts';

/** What a task says of the snapshot that it wants. */
export interface WantedSnapshot {
	readonly text: string;
	readonly node: Node;
	readonly action: TaskAction | undefined;
	readonly kind: SnapshotKind;
	/** The devices that must have it. */
	readonly udids: readonly string[];
	/** A person chooses one of them when the task runs, so that it is enough when one has it. */
	readonly isChosen: boolean;
	/** Another task of the file makes a snapshot with this name. */
	readonly isMade: boolean;
}

/** What is to be said of the snapshot that a task names, once for all devices. */
export function snapshotProblems(wanted: WantedSnapshot, facts: LabFacts): readonly Problem[] {
	const { text, node, kind, udids, isChosen, isMade } = wanted;
	const found = udids.map((udid) => ({ udid, result: findSnapshot(text, udid, kind, facts) }));
	const snapshots = found.flatMap(({ result }) => (result.kind === 'snapshot' ? [result.snapshot] : []));
	const problems = snapshots.flatMap((snapshot) => problemsOf(snapshot, wanted, facts));
	const ambiguous = found.filter(({ result }) => result.kind === 'ambiguous');
	if (ambiguous.length > 0 && !isChosen) {
		problems.push({
			code: 'ambiguous-snapshot',
			severity: 'warning',
			node,
			message: l10n.t('{0} fits several snapshots.', quoted(text)),
			fixes: [],
		});
	}
	const lacking = found.flatMap(({ udid, result }) => (result.kind === 'unknown' ? [{ udid, nearest: result.nearest }] : []));
	const isLacking = isChosen ? snapshots.length === 0 && ambiguous.length === 0 : lacking.length > 0;
	const [first] = lacking;
	if (first !== undefined && isLacking && !isMade) {
		problems.push(
			unknownSnapshot(
				first,
				lacking.map(({ udid }) => udid),
				wanted,
				facts,
			),
		);
	}
	return problems;
}

/** The encrypted snapshots that a wish comes to: whether their passwords are remembered has to be asked first. */
export function encryptedSnapshots({ text, kind, udids }: WantedSnapshot, facts: LabFacts): readonly SnapshotInfo[] {
	return udids.flatMap((udid) => {
		const found = findSnapshot(text, udid, kind, facts);
		return found.kind === 'snapshot' && found.snapshot.encrypted ? [found.snapshot] : [];
	});
}

function unknownSnapshot(
	{ udid, nearest }: { readonly udid: string; readonly nearest: string | undefined },
	udids: readonly string[],
	{ text, node, isChosen }: WantedSnapshot,
	facts: LabFacts,
): Problem {
	const device = quoted(deviceName(facts, udid));
	const missing =
		isChosen || udids.length > 1
			? l10n.t('No device here has a snapshot {0}.', quoted(text))
			: l10n.t('{0} has no snapshot {1}.', device, quoted(text));
	const lacking = udids.length > 1 && !isChosen ? l10n.t('{0} of the devices have no snapshot {1}.', udids.length, quoted(text)) : missing;
	return {
		code: 'unknown-snapshot',
		severity: 'warning',
		node,
		message: nearest === undefined ? lacking : `${lacking} ${l10n.t('Did you mean {0}?', quoted(nearest))}`,
		fixes: [...replaceFix(nearest), ...(isChosen ? [] : backUpFixes(udids, text, facts))],
	};
}

/** Takes a snapshot with this name, of each of the devices that is attached. */
export function backUpFixes(udids: readonly string[], text: string, facts: LabFacts): readonly Fix[] {
	const name = text.trim();
	// What means a place in a history, or could be the beginning of an id, is no name.
	if (!/^[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}._+@#()\- ]{0,63}$/u.test(name) || /^(latest|head|parent|baseline|[0-9a-f]{4,})$/i.test(name)) {
		return [];
	}
	return udids
		.filter((udid) => attachedDevice(facts, udid) !== undefined)
		.map((udid) => ({
			kind: 'command',
			title: l10n.t('Back Up {0} Now as {1}', quoted(deviceName(facts, udid)), quoted(name)),
			command: commandIds.backUp,
			argument: { udid, name },
		}));
}

/** What speaks against a snapshot that is there. */
function problemsOf(snapshot: SnapshotInfo, { action, node, udids, isChosen }: WantedSnapshot, facts: LabFacts): Problem[] {
	const problems: Problem[] = [];
	const { udid, id, encrypted, iosVersion, damagedAt } = snapshot;
	const phrase = snapshotPhrase(snapshot, facts);
	const device = attachedDevice(facts, udid);
	if (damagedAt !== undefined && isRestored(action)) {
		problems.push({
			code: 'damaged-snapshot',
			severity: 'warning',
			node,
			message: l10n.t('Damage was found in {0}.', phrase),
			fixes: [],
		});
	}
	const isWholeDevice = snapshot.kind === 'device' && isRestored(action);
	if (isWholeDevice && device?.iosVersion !== undefined && iosVersion !== undefined && compareVersions(device.iosVersion, iosVersion) < 0) {
		problems.push({
			code: 'ios-too-old',
			severity: 'warning',
			node,
			message: l10n.t(
				'{0} was taken with iOS {1}, and {2} has iOS {3}: a device takes no backup of a newer iOS.',
				phrase,
				iosVersion,
				quoted(deviceName(facts, udid)),
				device.iosVersion,
			),
			fixes: [],
		});
	}
	const isAsked = isWholeDevice && encrypted && facts.remembered.get(passwordKey(snapshot)) === false;
	if (isAsked && (!isChosen || udids.length === 1)) {
		problems.push({
			code: 'password-not-remembered',
			severity: 'info',
			node,
			message: l10n.t('{0} is encrypted, and its password is not remembered here: the task will ask for it.', phrase),
			fixes: [
				{
					kind: 'command',
					title: l10n.t('Enter the Password…'),
					command: LANGUAGE_COMMANDS.enterPassword,
					argument: { udid, snapshot: id },
				},
			],
		});
	}
	return problems;
}

/** Actions that write a snapshot to a device. */
function isRestored(action: TaskAction | undefined): boolean {
	return action !== undefined && /rollback$/i.test(action);
}
