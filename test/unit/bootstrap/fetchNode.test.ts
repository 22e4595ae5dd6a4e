import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describeWith, requirePlatform } from '../../support/requirements.ts';
import { bootstrapFolder } from './launcher.ts';

interface Npm {
	readonly command: string;
	readonly args: readonly string[];
	readonly shell: boolean;
}
interface Wanted {
	readonly package: string;
	readonly version: string;
	readonly binary: string;
	readonly integrity: string;
}
interface FetchModule {
	readonly fetchNode: (wanted: Wanted, folder: string, npm: Npm) => Promise<string>;
	readonly findNpm: (env: NodeJS.ProcessEnv) => Npm;
}

const { fetchNode, findNpm } = createRequire(import.meta.url)(path.join(bootstrapFolder, 'fetchNode.cjs')) as FetchModule;

/** A ustar archive; only the fields that matter for reading are filled in. */
function tar(files: Readonly<Record<string, string>>): Buffer {
	const blocks = Object.entries(files).flatMap(([name, content]) => {
		const header = Buffer.alloc(512);
		header.write(name, 0);
		header.write(content.length.toString(8).padStart(11, '0'), 124);
		header.write('0', 156);
		header.write('ustar', 257);
		return [header, Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)];
	});
	return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

describeWith(requirePlatform('linux', 'darwin'), 'fetching a Node', () => {
	let folder: string;
	beforeEach(() => {
		folder = mkdtempSync(path.join(tmpdir(), 'fetch-node-'));
	});
	afterEach(() => rmSync(folder, { recursive: true, force: true }));

	/** A package whose "Node" is a shell script that says a version, and an npm client that hands it out. */
	function publish(says: string, changes: Partial<Wanted> = {}): { wanted: Wanted; npm: Npm; cache: string; place: string } {
		const archive = gzipSync(tar({ 'package/README.md': 'x'.repeat(700), 'package/bin/node': `#!/bin/sh\necho ${says}\n` }));
		writeFileSync(path.join(folder, 'published.tgz'), archive);
		const script = path.join(folder, 'npm-cli.js');
		writeFileSync(
			script,
			`const [, , verb, spec, ...rest] = process.argv;
			if (verb !== 'pack' || spec !== 'node-test@9.9.9') { console.error('npm error code E404\\nnpm error 404 ' + spec + '\\nnpm error advice'); process.exit(1); }
			const to = rest[rest.indexOf('--pack-destination') + 1];
			require('node:fs').copyFileSync(__dirname + '/published.tgz', to + '/node-test-9.9.9.tgz');`,
		);
		const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
		const cache = path.join(folder, 'cache');
		return {
			wanted: { package: 'node-test', version: '9.9.9', binary: 'bin/node', integrity, ...changes },
			npm: { command: process.execPath, args: [script], shell: false },
			cache,
			place: path.join(cache, 'node-test-9.9.9'),
		};
	}

	it('leaves the binary in its place and nothing beside it', async () => {
		const { wanted, npm, cache, place } = publish('v9.9.9');
		assert.equal(await fetchNode(wanted, place, npm), path.join(place, 'node'));
		assert.deepEqual(readdirSync(cache), ['node-test-9.9.9']);
		assert.deepEqual(readdirSync(place), ['node']);
	});

	it('may happen several times at once', async () => {
		const { wanted, npm, cache, place } = publish('v9.9.9');
		const all = await Promise.all([1, 2, 3, 4].map(() => fetchNode(wanted, place, npm)));
		assert.deepEqual(new Set(all), new Set([path.join(place, 'node')]));
		assert.deepEqual(readdirSync(cache), ['node-test-9.9.9']);
	});

	it('removes what a killed process left long ago, and not what another is doing now', async () => {
		const { wanted, npm, cache, place } = publish('v9.9.9');
		mkdirSync(path.join(cache, '.fetching-old'), { recursive: true });
		utimesSync(path.join(cache, '.fetching-old'), 1_000_000, 1_000_000);
		mkdirSync(path.join(cache, '.fetching-now'));
		await fetchNode(wanted, place, npm);
		assert.deepEqual(readdirSync(cache).sort(), ['.fetching-now', 'node-test-9.9.9']);
	});

	async function fails(published: ReturnType<typeof publish>, expected: RegExp): Promise<void> {
		const { wanted, npm, cache, place } = published;
		await assert.rejects(fetchNode(wanted, place, npm), expected);
		assert.equal(existsSync(place), false);
		assert.deepEqual(readdirSync(cache), []);
	}

	it('refuses other content than the pinned one', () => fails(publish('v9.9.9', { integrity: 'sha512-AAAA' }), /SHA-512 differs/));
	it('refuses a binary of another version', () => fails(publish('v9.9.8'), /says v9.9.8 and not v9.9.9/));
	it('refuses a package without the binary', () => fails(publish('v9.9.9', { binary: 'bin/other' }), /holds no bin\/other/));
	it('passes on why npm failed', () =>
		fails(publish('v9.9.9', { package: 'node-none' }), /could not fetch node-none@9.9.9 \(code E404: 404 node-none@9.9.9\)\./));
});

describe('npm client', () => {
	it('is the one that runs the script', () => {
		assert.deepEqual(findNpm({ npm_execpath: '/opt/npm/bin/npm-cli.js' }).args, ['/opt/npm/bin/npm-cli.js']);
		assert.deepEqual(findNpm({ npm_execpath: '/opt/npm/bin/npx-cli.js' }).args, ['/opt/npm/bin/npm-cli.js']);
	});

	it('is not another package manager', () => {
		assert.notDeepEqual(findNpm({ npm_execpath: '/opt/pnpm/bin/pnpm.cjs' }).args, ['/opt/pnpm/bin/pnpm.cjs']);
	});
});
