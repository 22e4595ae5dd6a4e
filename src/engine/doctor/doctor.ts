import type { DoctorCheck } from '../../contract/index.ts';
import { checkBackupFolders, checkFreeSpace } from './folderChecks.ts';
import { thisComputer, type DoctorHost } from './host.ts';
import { checkMuxers } from './muxerChecks.ts';

export interface DoctorOptions {
	/** Addresses of muxers as people write them; none: those of the environment. */
	readonly muxers: readonly string[];
	readonly environment?: Readonly<Record<string, string | undefined>>;
	readonly signal?: AbortSignal;
	/** The computer to look at; this one unless a test says otherwise. */
	readonly host?: DoctorHost;
}

/**
 * Looks at what this computer has and lacks for working with real devices. It changes nothing, and each finding that is not in order
 * says what to do. Rejects only when `signal` is aborted.
 */
export async function checkComputer(options: DoctorOptions): Promise<DoctorCheck[]> {
	const host = options.host ?? thisComputer(options.environment ?? process.env, options.signal);
	const checks = [
		...(await checkMuxers(host, options.muxers)),
		checkNode(host),
		await checkFreeSpace(host),
		...(await checkBackupFolders(host)),
		...checkSecrets(host),
	];
	options.signal?.throwIfAborted();
	return checks;
}

/** The first release with `node:sqlite` without a flag and with zstd. */
const OLDEST_NODE = [22, 15] as const;

function checkNode(host: DoctorHost): DoctorCheck {
	const [major = 0, minor = 0] = host.nodeVersion.split('.').map(Number);
	const isEnough = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
	return {
		id: 'node',
		title: 'Node',
		status: isEnough ? 'ok' : 'missing',
		finding: `Node ${host.nodeVersion} runs this program.`,
		...(isEnough ? {} : { remedy: `Install Node ${OLDEST_NODE.join('.')} or later, or name one in DEVICELAB_NODE.` }),
	};
}

/** Passwords in the environment are for scripts; left in a shell they are given to every program that is started there. */
function checkSecrets(host: DoctorHost): DoctorCheck[] {
	const set = ['DEVICELAB_PASSWORD', 'DEVICELAB_NEW_PASSWORD'].filter((name) => (host.environment[name] ?? '') !== '');
	if (set.length === 0) {
		return [];
	}
	return [
		{
			id: 'environment-password',
			title: 'Backup password in the environment',
			status: 'warning',
			finding: `${set.join(' and ')} ${set.length === 1 ? 'is' : 'are'} set: commands use ${set.length === 1 ? 'it' : 'them'} without asking.`,
			remedy: 'Fine in a script. In a shell of your own, unset it when you are done, and let commands ask.',
		},
	];
}
