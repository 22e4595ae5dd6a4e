import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ContentsPlace } from '../contract/index.ts';
import { expandHome } from '../engine/index.ts';
import { KNOWN_DEVICE_ARGUMENT, SNAPSHOT_ARGUMENT } from './commands/register.ts';
import { wrongUse } from './errors.ts';
import { checkWithPassword } from './passwordTries.ts';
import type { Session } from './session.ts';

/** Adds what says where to look: `<device> <snapshot>`, or `--from DIR`. */
export function addPlace(command: Command): Command {
	return command
		.argument('[device]', KNOWN_DEVICE_ARGUMENT)
		.argument('[snapshot]', SNAPSHOT_ARGUMENT)
		.option('--from <dir>', 'look into this backup folder, of Finder or any program, instead of a snapshot');
}

/**
 * Where to look, and the words that are left.
 * @param words - all that was typed beside options.
 * @throws CliError `WRONG_USE`.
 */
export function placeOf(
	session: Session,
	words: readonly (string | undefined)[],
	from: string | undefined,
): { readonly place: ContentsPlace; readonly rest: readonly string[] } {
	const typed = words.filter((word) => word !== undefined);
	session.operation = 'look';
	if (from !== undefined) {
		const folder = resolve(expandHome(from, session.io.environment));
		session.folder = folder;
		return { place: { folder }, rest: typed };
	}
	const [device, snapshot, ...rest] = typed;
	if (device === undefined || snapshot === undefined) {
		throw wrongUse('Name a device and one of its snapshots, or a backup folder with --from.');
	}
	session.operation = 'store';
	session.device = device;
	return { place: { device, snapshot }, rest };
}

/** Work that may need the backup's password: DEVICELAB_PASSWORD, else it is asked for once it turns out to be needed. */
export async function withPassword<T>(session: Session, work: (password: string | undefined) => Promise<T>): Promise<T> {
	const { checked } = await checkWithPassword(session, async (password) => ({ value: await work(password), findings: [] }));
	return checked.value;
}

/** The domain and path in `Domain/path`. @throws CliError `WRONG_USE`. */
export function splitPlace(typed: string): { readonly domain: string; readonly path: string } {
	const trimmed = typed.replace(/^\/+|\/+$/g, '');
	if (trimmed === '') {
		throw wrongUse('Name a file as `ls` shows it: Domain/path.');
	}
	const slash = trimmed.indexOf('/');
	return slash < 0 ? { domain: trimmed, path: '' } : { domain: trimmed.slice(0, slash), path: trimmed.slice(slash + 1) };
}
