import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { Lab, LabClient, LabFailure, PasswordStore, VirtualLabProcess } from '../../../src/client/index.ts';
import type { JobEnd } from '../../../src/contract/index.ts';

const project = path.resolve(import.meta.dirname, '../../..');
const LIMIT_MS = 30_000;

async function until<T>(what: string, look: () => T | undefined | false): Promise<T> {
	const endAt = Date.now() + LIMIT_MS;
	for (;;) {
		const found = look();
		if (found !== undefined && found !== false) {
			return found;
		}
		assert.ok(Date.now() < endAt, `waited in vain: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}

/** The process of the engine on this store, by the file that it runs. */
function serverPids(): number[] {
	return execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
		.split('\n')
		.map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
		.filter((match) => match !== null && Number(match[2]) === process.pid && match[3]?.includes('server.js --node-ipc') === true)
		.map((match) => Number(match?.[1]));
}

describe('The client in the extension host', function () {
	this.timeout(120_000);
	const folder = mkdtempSync(path.join(tmpdir(), 'devicelab-client-'));
	const log = vscode.window.createOutputChannel('Client test', { log: true });
	const virtualLab = new VirtualLabProcess(path.join(project, 'dist/cli.js'));
	const before_ = serverPids();
	const own = (): number[] => serverPids().filter((pid) => !before_.includes(pid));
	const client = new LabClient({
		serverFile: path.join(project, 'dist/server.js'),
		log,
		readOptions: () => ({ storeFolder: path.join(folder, 'store'), muxers: [virtualLab.lab?.address ?? '127.0.0.1:1'] }),
	});
	const lab = new Lab(client);
	const ends: JobEnd[] = [];
	lab.onDidEndJob((end) => void ends.push(end));

	after(async () => {
		lab.dispose();
		await client.stop();
		client.dispose();
		await virtualLab.stop();
		virtualLab.dispose();
		log.dispose();
		rmSync(folder, { recursive: true, force: true });
	});

	it('starts the engine with the first question, and knows the lab', async () => {
		await virtualLab.start({ devices: 2 });
		assert.deepEqual([client.state, own()], ['stopped', []]);
		await lab.whenReady();
		assert.deepEqual([client.state, own().length], ['running', 1]);
		await until('both phones are known', () => lab.devices.length === 2);
		assert.deepEqual(
			lab.devices.map(({ name }) => name),
			['Lab-1', 'Lab-2'],
		);
		assert.deepEqual(lab.problems, []);
	});

	it('takes a snapshot, keeps the lab fresh, and turns failures and cancellations into what callers expect', async () => {
		const udid = lab.devices[0]?.udid ?? '';
		const snapshot = await client.request('snapshots/take', { udid, name: 'one' });
		await until('the lab knows it', () => lab.snapshot(udid, snapshot.id));
		await until('no job is left', () => lab.jobs.length === 0);
		assert.deepEqual(
			ends.map(({ outcome }) => outcome),
			['done'],
		);
		await assert.rejects(
			client.request('snapshots/rename', { udid, snapshot: snapshot.id, name: ' ' }),
			(error) => error instanceof LabFailure && error.report.code === 'NAME_UNUSABLE',
		);
		const source = new vscode.CancellationTokenSource();
		const job = client.request('snapshots/take', { udid, full: true }, source.token);
		await until('the job is known', () => lab.jobOf(udid));
		source.cancel();
		await assert.rejects(job, vscode.CancellationError);
	});

	it('tells jobs as interrupted when the engine is killed, and starts it again', async () => {
		const udid = lab.devices[1]?.udid ?? '';
		const job = client.request('snapshots/take', { udid, full: true });
		const rejected = assert.rejects(job, (error) => error instanceof LabFailure && error.code === 'ENGINE_STOPPED');
		await until('the job is known', () => lab.jobOf(udid)?.phase);
		const [pid] = own();
		assert.ok(pid);
		process.kill(pid, 'SIGKILL');
		await rejected;
		assert.deepEqual([ends.at(-1)?.outcome, ends.at(-1)?.job.udid, ends.at(-1)?.error?.code], ['interrupted', udid, 'ENGINE_STOPPED']);
		await until('it runs again', () => client.state === 'running' && !own().includes(pid));
		await until('the lab is known again', () => lab.devices.length === 2 && lab.leases.length === 0);
		await client.request('snapshots/take', { udid, name: 'after the kill' });
	});

	it('starts it again with other settings, and ends it', async () => {
		const [pid] = own();
		await virtualLab.stop();
		client.applyOptions();
		await until('another process runs', () => client.state === 'running' && own().length > 0 && pid !== undefined && !own().includes(pid));
		await until('the muxer is away', () => lab.problems.some(({ code }) => code === 'MUX_UNAVAILABLE'));
		assert.equal(lab.allSnapshots().size, 2);
		// The extension may have started an engine of its own meanwhile.
		const running = own().length;
		await client.stop();
		await until('its process is gone', () => own().length < running);
	});

	it('is started by the extension itself, whose parts find one another', async () => {
		const before = serverPids().length;
		await vscode.commands.executeCommand('deviceLab.refresh');
		await until('an engine of the extension runs', () => before > 0 || serverPids().length > before);
	});

	it('remembers passwords for a snapshot and for a device', async () => {
		const secrets = new Map<string, string>();
		const passwords = new PasswordStore({
			get: async (key) => secrets.get(key),
			store: async (key, value) => void secrets.set(key, value),
			delete: async (key) => void secrets.delete(key),
			onDidChange: () => ({ dispose() {} }),
		});
		const snapshot = { udid: 'a', snapshot: '1' };
		assert.equal(await passwords.get(snapshot), undefined);
		await passwords.set({ udid: 'a' }, 'of the device');
		assert.deepEqual(await passwords.get(snapshot), { password: 'of the device', where: 'device' });
		await passwords.set(snapshot, 'of its own');
		assert.deepEqual([await passwords.where(snapshot), await passwords.where({ udid: 'a', snapshot: '2' })], ['snapshot', 'device']);
		await passwords.forget(snapshot);
		assert.equal(await passwords.where(snapshot), 'device');
	});
});
