import { spawn } from 'node:child_process';
import * as path from 'node:path';
import { KiB } from '../../base/index.ts';
import { searchPath } from './gitPlaces.ts';

/** One question to git. */
export interface GitQuestion {
	readonly program: string;
	/** The work tree that is asked about. */
	readonly directory: string;
	readonly args: readonly string[];
	/** Settings above those of all files. */
	readonly settings: ReadonlyMap<string, string>;
	readonly environment: Readonly<Record<string, string | undefined>>;
	/** Ends git when it fires. */
	readonly signal: AbortSignal;
	/** Ends git as soon as what it has said matches. */
	readonly enough?: RegExp;
}

/** What git said on standard output, at most MAX_ANSWER_BYTES of it; no code: it was ended, or never ran. */
export interface GitAnswer {
	readonly code?: number;
	readonly text: string;
}

const MAX_ANSWER_BYTES = 256 * KiB;

/** What is switched off for every question, whatever the work tree's configuration says. */
const SETTINGS: ReadonlyMap<string, string> = new Map([
	['core.fsmonitor', 'false'],
	['core.hooksPath', process.platform === 'win32' ? 'NUL' : '/dev/null'],
	['core.untrackedCache', 'false'],
	['core.pager', 'cat'],
	['status.submoduleSummary', 'false'],
	['safe.bareRepository', 'explicit'],
	['protocol.allow', 'never'],
]);

/** What git needs of the environment: where the user's configuration lies, and what Windows programs cannot start without. */
const PASSED_ON = [
	'HOME',
	'XDG_CONFIG_HOME',
	'USERPROFILE',
	'HOMEDRIVE',
	'HOMEPATH',
	'APPDATA',
	'PROGRAMDATA',
	'SystemRoot',
	'TEMP',
	'TMPDIR',
];

/** Runs git once. Never rejects: an answer that did not come is one without a code. */
export function runGit(question: GitQuestion): Promise<GitAnswer> {
	return new Promise((resolve) => {
		if (question.signal.aborted) {
			resolve({ text: '' });
			return;
		}
		const child = spawn(question.program, ['--no-pager', '-C', question.directory, ...question.args], {
			// Not the work tree: Windows would look there for libraries.
			cwd: path.dirname(question.program),
			env: gitEnvironment(question),
			stdio: ['ignore', 'pipe', 'ignore'],
			windowsHide: true,
		});
		let text = '';
		const end = (): void => void child.kill('SIGKILL');
		question.signal.addEventListener('abort', end, { once: true });
		child.stdout.setEncoding('utf8');
		child.stdout.on('data', (chunk: string) => {
			text = (text + chunk).slice(0, MAX_ANSWER_BYTES);
			if (question.enough?.test(text) === true || text.length === MAX_ANSWER_BYTES) {
				end();
			}
		});
		const settle = (code: number | null): void => {
			question.signal.removeEventListener('abort', end);
			resolve(code === null ? { text } : { code, text });
		};
		child.once('error', () => settle(null));
		child.once('close', settle);
	});
}

/**
 * The whole environment of git: no GIT_DIR of a hook that we run in, no prompts, no locks taken, nothing fetched on demand.
 * Settings go through variables, for names that contain an equals sign.
 */
function gitEnvironment({ environment, settings }: GitQuestion): NodeJS.ProcessEnv {
	const variables: NodeJS.ProcessEnv = {
		PATH: searchPath(environment).join(path.delimiter),
		LC_ALL: 'C',
		GIT_OPTIONAL_LOCKS: '0',
		GIT_TERMINAL_PROMPT: '0',
		GIT_ASKPASS: '',
		GIT_ALLOW_PROTOCOL: 'none',
		GIT_NO_LAZY_FETCH: '1',
	};
	for (const name of PASSED_ON) {
		if (environment[name] !== undefined) {
			variables[name] = environment[name];
		}
	}
	[...SETTINGS, ...settings].forEach(([key, value], index) => {
		variables[`GIT_CONFIG_KEY_${index}`] = key;
		variables[`GIT_CONFIG_VALUE_${index}`] = value;
	});
	variables['GIT_CONFIG_COUNT'] = String(SETTINGS.size + settings.size);
	return variables;
}
