import { throwIfAborted } from '../../base/index.ts';
import { findGit, findWorkTree } from './gitPlaces.ts';
import { runGit, type GitAnswer } from './gitProcess.ts';

/** What a git work tree says of the state that it is in. */
export interface GitFacts {
	/** The full hash of the commit that is checked out; absent before a first commit. */
	readonly commit?: string;
	/** Absent when no branch is checked out (detached). */
	readonly branch?: string;
	/** Files differ from the commit, or are new and not ignored; absent when that took too long to find out. */
	readonly dirty?: boolean;
}

export interface GitFactsOptions {
	readonly environment: Readonly<Record<string, string | undefined>>;
	/** For all questions together. The answer is not worth a wait: a snapshot without it is as good. */
	readonly timeoutMs?: number;
	readonly signal?: AbortSignal;
}

const DEFAULT_TIMEOUT_MS = 5000;
const MAX_BRANCH_LENGTH = 255;
const MAX_FILTER_SETTINGS = 1000;
/** Whose configuration is the user's own, in the words of `git config --show-scope`; the others are `local` and `worktree`. */
const USER_SCOPES = ['system', 'global', 'command'];

/**
 * Reads commit, branch and whether anything is changed, of the git work tree that `directory` lies in. Asks the installed `git`.
 *
 * **Invariant:** nothing of the work tree is executed. Its configuration can name programs that `git status` would run (fsmonitor, content
 * filters, hooks, transports): each is switched off; submodules are not entered; a `git` inside the work tree is not used.
 *
 * @returns undefined when there is no work tree, no git, or git refuses the work tree (it belongs to somebody else).
 * @throws AbortError - the signal has fired. Nothing else.
 */
export async function readGitFacts(directory: string, options: GitFactsOptions): Promise<GitFacts | undefined> {
	throwIfAborted(options.signal);
	const top = await findWorkTree(directory);
	const program = top === undefined ? undefined : await findGit(options.environment, top);
	if (top === undefined || program === undefined) {
		return undefined;
	}
	const timeout = AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
	const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
	const ask = (args: readonly string[], settings: ReadonlyMap<string, string> = new Map(), enough?: RegExp): Promise<GitAnswer> =>
		runGit({ program, directory: top, args, settings, environment: options.environment, signal, enough });
	const [commit, branch, filters] = await Promise.all([
		ask(['rev-parse', '--quiet', '--verify', 'HEAD^{commit}']),
		ask(['symbolic-ref', '--quiet', '--short', 'HEAD']),
		ask(['config', '--show-scope', '--includes', '--null', '--name-only', '--get-regexp', '^filter\\.']),
	]);
	const dirty = await askWhetherDirty(ask, filters);
	throwIfAborted(options.signal);
	const facts: GitFacts = { ...hashIn(commit), ...branchIn(branch), ...(dirty === undefined ? {} : { dirty }) };
	return facts.commit === undefined && facts.branch === undefined ? undefined : facts;
}

async function askWhetherDirty(
	ask: (args: readonly string[], settings: ReadonlyMap<string, string>, enough: RegExp) => Promise<GitAnswer>,
	filters: GitAnswer,
): Promise<boolean | undefined> {
	// 1: there are none. Anything else leaves open what `git status` would run.
	if (filters.code !== 0 && filters.code !== 1) {
		return undefined;
	}
	const settings = disarmed(filters.text);
	if (settings === undefined) {
		return undefined;
	}
	const args = ['status', '--porcelain', '--null', '--untracked-files=normal', '--ignore-submodules=dirty', '--no-renames'];
	// One entry is enough: there may be a hundred thousand.
	const status = await ask(args, settings, /./s);
	if (status.text !== '') {
		return true;
	}
	return status.code === 0 ? false : undefined;
}

/**
 * The work tree's own content filters, switched off. Those of the user (Git LFS, for one) stay: they are the user's programs, not the work
 * tree's. A file whose filter is off counts as changed when it was touched, which is the safe mistake.
 */
function disarmed(scopesAndNames: string): Map<string, string> | undefined {
	const settings = new Map<string, string>();
	const parts = scopesAndNames.split('\0');
	for (let index = 0; index + 1 < parts.length; index += 2) {
		const driver = /^(filter\..*)\.[^.]+$/s.exec(parts[index + 1] ?? '')?.[1];
		if (driver !== undefined && !USER_SCOPES.includes(parts[index] ?? '')) {
			settings.set(`${driver}.clean`, '').set(`${driver}.smudge`, '').set(`${driver}.process`, '').set(`${driver}.required`, 'false');
		}
	}
	return settings.size > MAX_FILTER_SETTINGS ? undefined : settings;
}

function hashIn({ code, text }: GitAnswer): Pick<GitFacts, 'commit'> {
	const hash = text.trim();
	return code === 0 && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(hash) ? { commit: hash } : {};
}

function branchIn({ code, text }: GitAnswer): Pick<GitFacts, 'branch'> {
	const name = text.trim();
	return code === 0 && name.length <= MAX_BRANCH_LENGTH && /^[^\p{C}\s]+$/u.test(name) ? { branch: name } : {};
}
