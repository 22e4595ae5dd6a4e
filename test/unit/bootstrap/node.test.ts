import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bootstrapFolder, Launcher } from './launcher.ts';

interface NodeModule {
	readonly atLeast: (version: string, minimum: string) => boolean;
	readonly cacheFolder: (env: NodeJS.ProcessEnv, platform: string, home: string) => string;
}
interface PackagesModule {
	readonly NODE_PACKAGES: Readonly<Record<string, { package: string; version: string; binary: string; integrity: string }>>;
}

const require = createRequire(import.meta.url);
const { atLeast, cacheFolder } = require(path.join(bootstrapFolder, 'node.cjs')) as NodeModule;
const { NODE_PACKAGES } = require(path.join(bootstrapFolder, 'nodePackages.cjs')) as PackagesModule;

describe('choice of a Node', () => {
	it('compares versions by their numbers', () => {
		const check = (version: string, minimum: string, expected: boolean): void => assert.equal(atLeast(version, minimum), expected, version);
		check('22.15.0', '22.15.0', true);
		check('22.14.9', '22.15.0', false);
		check('22.9.0', '22.15.0', false);
		check('24.0.0', '22.15.0', true);
		check('100.0.0', '22.15.0', true);
		check('23.0.0-nightly', '22.15.0', true);
		check('20.20.2', '22.15.0', false);
	});

	it("keeps what it fetched in the system's cache folder", () => {
		const check = (env: NodeJS.ProcessEnv, platform: string, expected: string): void =>
			assert.equal(cacheFolder(env, platform, '/home/ada'), path.join(expected, 'ios-device-lab', 'node'));
		check({}, 'linux', '/home/ada/.cache');
		check({ XDG_CACHE_HOME: '/var/cache/ada' }, 'linux', '/var/cache/ada');
		check({}, 'darwin', '/home/ada/Library/Caches');
		check({ LOCALAPPDATA: '/local' }, 'win32', '/local');
		check({}, 'win32', '/home/ada/AppData/Local');
	});

	it('pins every package by content, to a version that runs the engine and the tests', () => {
		for (const { version, integrity } of Object.values(NODE_PACKAGES)) {
			assert.ok(atLeast(version, '22.18.0'), version);
			assert.equal(Buffer.from(integrity.replace('sha512-', ''), 'base64').length, 64);
		}
	});

	it('says in one line what is wrong with DEVICELAB_NODE', () => {
		const launcher = new Launcher('return 0;');
		try {
			const check = (value: string, expected: RegExp): void => {
				const { status, stderr } = spawnSync(process.execPath, [path.join(launcher.folder, 'cli.cjs')], {
					encoding: 'utf8',
					env: { ...process.env, DEVICELAB_NODE: value },
				});
				assert.equal(status, 1);
				assert.match(stderr, expected);
				assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
			};
			check(path.join(launcher.folder, 'missing'), /^devicelab: DEVICELAB_NODE names .*missing, which does not run as Node/);
		} finally {
			launcher.dispose();
		}
	});
});

describe('warnings', () => {
	it('are silenced for node:sqlite alone', () => {
		const script = `
			require(${JSON.stringify(path.join(bootstrapFolder, 'quietSqlite.cjs'))});
			process.emitWarning('SQLite is an experimental feature and might change at any time', 'ExperimentalWarning');
			process.emitWarning('Another thing is an experimental feature', 'ExperimentalWarning');`;
		const { stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
		assert.doesNotMatch(stderr, /SQLite/);
		assert.match(stderr, /Another thing/);
	});
});
