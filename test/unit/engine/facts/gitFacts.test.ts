import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import path from 'node:path';
import { AbortError } from '../../../../src/base/index.ts';
import { findGit } from '../../../../src/engine/facts/gitPlaces.ts';
import { readGitFacts } from '../../../../src/engine/facts/gitFacts.ts';
import { useTempFolder } from '../../../support/tempFolder.ts';

describe('Facts of a git work tree', () => {
	const temp = useTempFolder();
	/** No settings of the person who runs the tests. */
	const environment = (): Record<string, string | undefined> => ({ PATH: process.env['PATH'], HOME: path.join(temp.path, 'home') });
	const tree = (): string => path.join(temp.path, 'tree');
	const read = (directory = tree()): ReturnType<typeof readGitFacts> =>
		readGitFacts(directory, { environment: environment(), timeoutMs: 60_000 });

	function git(...args: string[]): string {
		const identity = ['-c', 'user.name=Anna', '-c', 'user.email=anna@example.org', '-c', 'commit.gpgSign=false'];
		const env = { ...environment(), GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: devNull };
		return execFileSync('git', [...identity, '-C', tree(), ...args], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
	}

	function put(name: string, text: string): void {
		mkdirSync(path.dirname(path.join(tree(), name)), { recursive: true });
		writeFileSync(path.join(tree(), name), text);
	}

	/** A program that leaves a trace when it runs. */
	function trap(): { command: string; sprung: () => boolean } {
		const file = path.join(temp.path, 'trap.sh');
		const trace = path.join(temp.path, 'sprung');
		writeFileSync(file, `#!/bin/sh\ntouch '${trace}'\ncat\n`);
		chmodSync(file, 0o700);
		return { command: file, sprung: () => existsSync(trace) };
	}

	beforeEach(() => {
		mkdirSync(path.join(temp.path, 'home'));
		mkdirSync(tree());
		git('init', '--quiet', '--initial-branch=main');
		put('a.txt', 'one');
		git('add', '.');
		git('commit', '--quiet', '-m', 'first');
	});

	it('are commit and branch, and that nothing is changed', async () => {
		assert.deepEqual(await read(), { commit: git('rev-parse', 'HEAD'), branch: 'main', dirty: false });
		put('deep/er/b.txt', 'two');
		git('add', '.');
		git('commit', '--quiet', '-m', 'second');
		git('checkout', '--quiet', '-b', 'feature/größe');
		assert.deepEqual(await read(path.join(tree(), 'deep/er')), { commit: git('rev-parse', 'HEAD'), branch: 'feature/größe', dirty: false });
	});

	it('see changed, staged and new files, but none that are ignored', async () => {
		const dirty = async (): Promise<unknown> => (await read())?.dirty;
		put('a.txt', 'two');
		assert.equal(await dirty(), true);
		git('add', '.');
		assert.equal(await dirty(), true);
		git('commit', '--quiet', '-m', 'second');
		assert.equal(await dirty(), false);
		put('new.txt', '');
		assert.equal(await dirty(), true);
		put('.gitignore', 'new.txt\n');
		git('add', '.gitignore');
		git('commit', '--quiet', '-m', 'ignore');
		assert.equal(await dirty(), false);
		utimesSync(path.join(tree(), 'a.txt'), 1, 1);
		assert.equal(await dirty(), false, 'a file that was only touched');
	});

	it('lack the branch when it is detached, and the commit before the first', async () => {
		git('checkout', '--quiet', '--detach');
		assert.deepEqual(await read(), { commit: git('rev-parse', 'HEAD'), dirty: false });
		rmSync(path.join(tree(), '.git'), { recursive: true });
		git('init', '--quiet', '--initial-branch=trunk');
		assert.deepEqual(await read(), { branch: 'trunk', dirty: true });
	});

	it('are those of a linked work tree', async () => {
		const linked = path.join(temp.path, 'linked');
		git('worktree', 'add', '--quiet', '-b', 'side', linked);
		writeFileSync(path.join(linked, 'new.txt'), '');
		assert.deepEqual(await read(linked), { commit: git('rev-parse', 'HEAD'), branch: 'side', dirty: true });
	});

	it('are absent where there is no work tree, no git, or no folder', async () => {
		assert.equal(await read(path.join(temp.path, 'home')), undefined);
		assert.equal(await read(path.join(temp.path, 'nowhere')), undefined);
		assert.equal(await readGitFacts(tree(), { environment: { PATH: '' } }), undefined);
		writeFileSync(path.join(temp.path, 'home', '.git'), 'gitdir: /nowhere\n');
		assert.equal(await read(path.join(temp.path, 'home')), undefined);
	});

	it('leave the work tree as it was', async () => {
		utimesSync(path.join(tree(), 'a.txt'), 5, 5);
		const before = readdirSync(path.join(tree(), '.git')).join();
		const index = execFileSync('git', ['hash-object', '.git/index'], { cwd: tree(), encoding: 'utf8' });
		await read();
		assert.equal(execFileSync('git', ['hash-object', '.git/index'], { cwd: tree(), encoding: 'utf8' }), index);
		assert.equal(readdirSync(path.join(tree(), '.git')).join(), before);
	});

	it('do not come through the variables of a hook that calls us', async () => {
		const facts = await readGitFacts(tree(), {
			environment: { ...environment(), GIT_DIR: '/nowhere', GIT_INDEX_FILE: '/nowhere' },
			timeoutMs: 60_000,
		});
		assert.deepEqual(facts, { commit: git('rev-parse', 'HEAD'), branch: 'main', dirty: false });
	});

	it('run none of the programs that the work tree configures', async () => {
		const { command, sprung } = trap();
		put('.gitattributes', '* filter=evil\n*.x filter=e=v.il\n*.y filter=included\n*.z filter=apart\n');
		put('b.x', 'x');
		put('c.y', 'y');
		put('d.z', 'z');
		git('add', '.');
		git('commit', '--quiet', '-m', 'attributes');
		const config = path.join(temp.path, 'included');
		writeFileSync(config, `[filter "included"]\n\tprocess = ${command}\n\tclean = ${command}\n`);
		git('config', 'include.path', config);
		for (const key of [
			'filter.evil.clean',
			'filter.evil.smudge',
			'filter.e=v.il.clean',
			'core.fsmonitor',
			'core.pager',
			'core.sshCommand',
			'core.gitProxy',
		]) {
			git('config', key, command);
		}
		git('config', 'filter.evil.required', 'true');
		git('config', 'extensions.worktreeConfig', 'true');
		git('config', '--worktree', 'filter.apart.clean', command);
		git('config', 'alias.status', `!${command}`);
		git('config', 'core.hooksPath', temp.path);
		for (const hook of ['post-index-change', 'fsmonitor-watchman']) {
			writeFileSync(path.join(tree(), '.git/hooks', hook), `#!/bin/sh\n${command}\n`, { mode: 0o700 });
		}
		for (const name of ['a.txt', 'b.x', 'c.y', 'd.z']) {
			utimesSync(path.join(tree(), name), 9, 9);
		}
		assert.deepEqual(await read(), { commit: git('rev-parse', 'HEAD'), branch: 'main', dirty: false });
		assert.equal(sprung(), false);
		put('b.x', 'z');
		assert.equal((await read())?.dirty, true);
		assert.equal(sprung(), false);
	});

	it('do not come from a git that lies in the work tree, or is linked into it', async () => {
		const { command, sprung } = trap();
		const inside = path.join(tree(), 'node_modules/.bin');
		const linked = path.join(temp.path, 'bin');
		mkdirSync(inside, { recursive: true });
		mkdirSync(linked);
		symlinkSync(command, path.join(inside, 'git'));
		writeFileSync(path.join(tree(), 'git'), `#!/bin/sh\n${command}\n`, { mode: 0o700 });
		symlinkSync(path.join(tree(), 'git'), path.join(linked, 'git'));
		const PATH = ['.', '', inside, tree(), linked, process.env['PATH']].join(path.delimiter);
		const found = await findGit({ PATH }, tree());
		assert.equal(found, await findGit({ PATH: process.env['PATH'] }, tree()));
		assert.equal((await readGitFacts(tree(), { environment: { ...environment(), PATH }, timeoutMs: 60_000 }))?.branch, 'main');
		assert.equal(sprung(), false);
	});

	it('stay absent when git does not answer in time', async () => {
		const bin = path.join(temp.path, 'bin');
		mkdirSync(bin);
		writeFileSync(path.join(bin, 'git'), '#!/bin/sh\nexec sleep 60\n', { mode: 0o700 });
		assert.equal(await readGitFacts(tree(), { environment: { PATH: `${bin}:${process.env['PATH']}` }, timeoutMs: 50 }), undefined);
	});

	it('are not waited for after a cancellation', async () => {
		const signal = AbortSignal.abort(new AbortError());
		await assert.rejects(readGitFacts(tree(), { environment: environment(), signal }), AbortError);
	});
});
