import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorCode, SnapshotInfo } from '../../../src/contract/index.ts';
import { HostFailure, HostInProcess } from '../../support/labHosts.ts';
import { useTempFolder } from '../../support/tempFolder.ts';
import { useLab } from '../../support/virtualLab.ts';

function failsWith(code: ErrorCode, reason?: string): (error: unknown) => true {
	return (error) => {
		assert.ok(error instanceof HostFailure, String(error));
		assert.deepEqual([error.report.code, error.report.details['reason']], [code, reason]);
		return true;
	};
}

describe('The contents of snapshots, asked over the border', function () {
	this.timeout(120_000);
	const temp = useTempFolder();
	const lab = useLab({ seed: 'contents', settings: { passcode: 'none', rebootMs: 20 } });
	let host: HostInProcess;
	let taken: SnapshotInfo;
	let ref: { readonly udid: string; readonly snapshot: string };
	beforeEach(async () => {
		host = new HostInProcess({ muxer: lab.address, storeFolder: join(temp.path, 'store') });
		taken = await host.request('snapshots/take', { udid: lab.udid });
		ref = { udid: lab.udid, snapshot: taken.id };
	});
	afterEach(() => host.stop());

	type Place = { readonly domain: string; readonly path: string };

	/** The first file that is not empty, found as a person does who opens folders. */
	async function fileIn(domain: string, folder = ''): Promise<Place | undefined> {
		const { items } = await host.request('contents/list', { ...ref, domain, folder });
		const file = items.find(({ kind, sizeBytes }) => kind === 'file' && sizeBytes !== undefined && sizeBytes > 0);
		return (
			file ??
			firstOf(
				items
					.filter(({ kind }) => kind === 'folder')
					.map(
						({ path }) =>
							() =>
								fileIn(domain, path),
					),
			)
		);
	}

	async function firstOf(searches: readonly (() => Promise<Place | undefined>)[]): Promise<Place | undefined> {
		for (const search of searches) {
			const found = await search();
			if (found !== undefined) {
				return found;
			}
		}
		return undefined;
	}

	async function someFile(): Promise<Place> {
		const { items } = await host.request('contents/list', ref);
		const file = await firstOf(
			items.map(
				({ domain }) =>
					() =>
						fileIn(domain),
			),
		);
		assert.ok(file !== undefined, 'the snapshot holds no file');
		return file;
	}

	it('lists domains and folders, and reads files as bytes and as text', async () => {
		const { items: domains } = await host.request('contents/list', ref);
		assert.ok(domains.some(({ domain }) => domain === 'HomeDomain'));
		const file = await someFile();
		const item = await host.request('contents/item', { ...ref, domain: file.domain, path: file.path });
		const { base64 } = await host.request('contents/readBytes', { ...ref, domain: file.domain, path: file.path });
		assert.equal(Buffer.from(base64, 'base64').byteLength, item.sizeBytes);
		const text = await host.request('contents/readText', { ...ref, domain: file.domain, path: file.path });
		assert.equal(text.sizeBytes, item.sizeBytes);
	});

	it('tells what a snapshot holds, its apps by size, and copies files out', async () => {
		const coverage = await host.request('contents/coverage', ref);
		assert.equal(coverage.encrypted, taken.encrypted);
		assert.ok(coverage.fileCount > 0 && coverage.omissions.length > 0);
		assert.equal((await host.request('contents/health', { ...ref, target: { iosVersion: '99.0', supervised: 'off' } })).restorable, true);
		const tooOld = await host.request('contents/health', { ...ref, target: { iosVersion: '9.0', supervised: 'on' } });
		assert.deepEqual(
			tooOld.faults.map(({ kind }) => kind),
			['newer-than-target', 'supervision-differs'],
		);
		const { apps, points } = await host.request('contents/storage', { ...ref, history: 3 });
		assert.deepEqual([apps.length > 0, points.map(({ snapshot }) => snapshot)], [true, [taken.id]]);
		const file = await someFile();
		const to = join(temp.path, 'out');
		const place = `${file.domain}/${file.path}`;
		const result = await host.request('contents/extract', { ...ref, extract: { what: 'files', patterns: [place], to } });
		assert.deepEqual([result.fileCount, existsSync(join(to, place))], [1, true]);
	});

	it('refuses what is not there, and what is no request', async () => {
		const nowhere = { ...ref, domain: 'HomeDomain', path: 'not/there' };
		await assert.rejects(host.request('contents/readText', nowhere), failsWith('WRONG_USE'));
		await assert.rejects(host.request('contents/readBytes', nowhere), failsWith('WRONG_USE'));
		await assert.rejects(host.request('contents/list', { ...ref, snapshot: 'f'.repeat(32) }), failsWith('SNAPSHOT_NOT_FOUND'));
		const order = { ...ref, extract: { what: 'everything', to: temp.path } };
		await assert.rejects(host.request('contents/extract', order as never), failsWith('WRONG_USE'));
	});
});

describe('The contents of encrypted snapshots, asked over the border', function () {
	this.timeout(120_000);
	const temp = useTempFolder();
	const lab = useLab({ seed: 'locked', settings: { passcode: 'none', rebootMs: 20, iterations: 100, dpic: 1000 } });
	let host: HostInProcess;
	beforeEach(() => (host = new HostInProcess({ muxer: lab.address, storeFolder: join(temp.path, 'store') })));
	afterEach(() => host.stop());

	it('open with the password that each was taken with, and with nothing else', async () => {
		const { udid } = lab;
		await host.request('encryption/change', { udid, newPassword: 'the first' });
		const first = await host.request('snapshots/take', { udid });
		await lab.tell('touch', '--files', '40', '--seed', 'locked');
		await host.request('encryption/change', { udid, oldPassword: 'the first', newPassword: 'the second' });
		const second = await host.request('snapshots/take', { udid });
		assert.deepEqual([first.encrypted, second.encrypted], [true, true]);
		const before = { udid, snapshot: first.id, password: 'the first' };
		const place = { domain: 'HomeDomain', path: 'Library/SMS/sms.db' };
		const to = join(temp.path, 'out');

		const asks: ((password: { readonly password?: string }) => Promise<unknown>)[] = [
			(password) => host.request('contents/list', { udid, snapshot: first.id, ...password }),
			(password) => host.request('contents/search', { udid, snapshot: first.id, text: 'sms.db', ...password }),
			(password) => host.request('contents/coverage', { udid, snapshot: first.id, ...password }),
			(password) => host.request('contents/storage', { udid, snapshot: first.id, ...password }),
			(password) => host.request('contents/readText', { udid, snapshot: first.id, ...place, ...password }),
			(password) => host.request('contents/readBytes', { udid, snapshot: first.id, ...place, ...password }),
			(password) => host.request('contents/extract', { udid, snapshot: first.id, extract: { what: 'contacts', to }, ...password }),
			(password) => host.request('contents/diffRows', { udid, before: first.id, after: second.id, ...password }),
		];
		for (const ask of asks) {
			await assert.rejects(ask({}), failsWith('PASSWORD_REQUIRED'));
			await assert.rejects(ask({ password: 'the third' }), failsWith('WRONG_PASSWORD'));
		}
		assert.equal(existsSync(to), false);

		assert.ok((await host.request('contents/list', before)).items.some(({ domain }) => domain === 'KeychainDomain'));
		assert.deepEqual((await host.request('contents/search', { ...before, text: 'sms.db' })).items[0]?.path, place.path);
		const coverage = await host.request('contents/coverage', before);
		assert.deepEqual([coverage.encrypted, coverage.omissions.some(({ why }) => why === 'unencrypted')], [true, false]);
		const { points, problems } = await host.request('contents/storage', { udid, snapshot: second.id, password: 'the second', history: 5 });
		assert.deepEqual(
			[points.map(({ snapshot }) => snapshot), problems.map(({ code, details }) => [code, details['snapshot']])],
			[[second.id], [['WRONG_PASSWORD', first.id]]],
		);
		assert.match((await host.request('contents/readText', { ...before, ...place })).text, /^CREATE TABLE/m);
		const { base64 } = await host.request('contents/readBytes', { ...before, ...place });
		assert.equal(Buffer.from(base64, 'base64').subarray(0, 15).toString(), 'SQLite format 3');
		assert.ok((await host.request('contents/extract', { ...before, extract: { what: 'contacts', to } })).itemCount > 0);

		const pair = { udid, before: first.id, after: second.id };
		const passwords = { password: 'the second', beforePassword: 'the first' };
		const named = await host.request('snapshots/diff', { ...pair, ...passwords, maxFiles: 1000 });
		assert.ok(named.groups.length > 1 && named.groups.every(({ name }) => name !== '?'));
		const unnamed = await host.request('snapshots/diff', pair);
		assert.deepEqual(
			unnamed.groups.map(({ name }) => name),
			['?'],
		);
		const { databases } = await host.request('contents/diffRows', { ...pair, ...passwords });
		assert.ok(databases.length > 0 && databases.every(({ tables }) => tables.length > 0));
		assert.ok(databases.every((each) => named.files.some(({ domain, path }) => domain === each.domain && path === each.path)));
		await host.request('encryption/change', { udid, oldPassword: 'the second' });
	});
});
