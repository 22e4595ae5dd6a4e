import * as vscode from 'vscode';
import { commandIds } from '../contributions.ts';
import { pickSnapshots, reportOf, sentenceOf } from '../views/index.ts';
import { wrongUse } from './definition.ts';
import { deviceFor } from './devices.ts';
import type { TaskWorld } from './world.ts';

/** What `${input:…}` may give a value command as its `args`. */
interface ValueArgs {
	/** As in a task; absent: the one chosen last, else the only one attached, else it is asked for. */
	readonly device?: string;
	/** As in a task; absent: it is asked for. */
	readonly snapshot?: string;
}

/** Shorter ones fit several commits in large histories; git shows seven as well. */
const SHORT_HASH_LENGTH = 7;
const SHORT_ID_LENGTH = 8;

type Value = (args: ValueArgs, world: TaskWorld) => Promise<string>;

const values: Readonly<Record<Extract<keyof typeof commandIds, `value${string}`>, Value>> = {
	valueUdid: ({ device }, world) => deviceFor(device, world),
	valueSnapshotId: async ({ device, snapshot }, world) => {
		const udid = await deviceFor(device, world);
		if (snapshot !== undefined) {
			return (await world.client.request('snapshots/find', { udid, snapshot })).id;
		}
		const picked = await pickSnapshots(world.lab.snapshots(udid), {
			title: vscode.l10n.t('Snapshot of {0}', world.lab.deviceName(udid)),
			nowMs: world.clock.now(),
		});
		const id = picked?.[0]?.id;
		if (id === undefined) {
			throw new vscode.CancellationError();
		}
		return id;
	},
	valueState: async ({ device }, world) => {
		const udid = await deviceFor(device, world);
		const head = world.lab.snapshots(udid).find(({ isHead, kind }) => isHead && kind === 'device');
		return head === undefined ? 'unknown' : (head.name ?? head.id.slice(0, SHORT_ID_LENGTH));
	},
	valueCommit: async (_, world) => {
		const { commit } = await world.client.request('workspace/facts', {});
		if (commit === undefined) {
			throw wrongUse(vscode.l10n.t('The folder is in no git work tree, or has no commit yet.'));
		}
		return commit.slice(0, SHORT_HASH_LENGTH);
	},
};

/** Registers the commands behind `${command:deviceLab.value.…}`: each answers a text, or nothing when a person closed the question. */
export function registerValues(world: TaskWorld): vscode.Disposable {
	const registered = Object.entries(values).map(([name, value]) =>
		vscode.commands.registerCommand(commandIds[name as keyof typeof values], async (args: unknown) => {
			try {
				return await value(argsOf(args), world);
			} catch (error) {
				if (error instanceof vscode.CancellationError) {
					// The editor ends the launch without a word.
					return undefined;
				}
				// The editor shows it, and does not launch.
				const { message, next } = sentenceOf(reportOf(error));
				throw new Error([message, next].filter((sentence) => sentence !== undefined).join(' '), { cause: error });
			}
		}),
	);
	return vscode.Disposable.from(...registered);
}

/** Through `${command:…}` the whole launch configuration comes, whose `device` is not ours. */
function argsOf(args: unknown): ValueArgs {
	if (typeof args !== 'object' || args === null || 'request' in args || 'type' in args) {
		return {};
	}
	const { device, snapshot } = args as Record<string, unknown>;
	return {
		...(typeof device === 'string' && device !== '' ? { device } : {}),
		...(typeof snapshot === 'string' && snapshot !== '' ? { snapshot } : {}),
	};
}
