import assert from 'node:assert/strict';
import { layout } from '../../../src/snapshots/layout.ts';
import { StoreError } from '../../../src/snapshots/errors.ts';
import { MemoryStorage } from '../../support/memoryStorage.ts';
import { facts, openStore, udid } from '../../support/snapshotStore.ts';

const app = 'com.example.Probe';

async function takeApp(store: Awaited<ReturnType<typeof openStore>>, jobId: string, bytes = jobId) {
	const head = (await store.appHeads(udid)).get(app);
	const staging = await store.beginStaging({ udid, jobId, ...(head === undefined ? {} : { base: head }) });
	staging.writeFile('AppData/Documents/a.txt', Buffer.from(bytes));
	return staging.seal(facts(0, { kind: 'app', app }), {});
}

describe('heads of apps', () => {
	it('follow the snapshots of their app and leave the device alone', async () => {
		const store = await openStore(new MemoryStorage());
		const staging = await store.beginStaging({ udid, jobId: 'device' });
		staging.writeFile('Info.plist', Buffer.from('x'));
		const device = await staging.seal(facts());
		const first = await takeApp(store, 'one');
		const second = await takeApp(store, 'two');
		assert.deepEqual([...(await store.appHeads(udid))], [[app, second.id]]);
		assert.equal(await store.head(udid), device.id);
		assert.equal(second.parent, first.id);
		await store.setHead(udid, first.id);
		assert.equal((await store.appHeads(udid)).get(app), first.id);
		assert.equal(await store.head(udid), device.id);
	});

	it('go with the snapshot that they name', async () => {
		const storage = new MemoryStorage();
		const store = await openStore(storage);
		const only = await takeApp(store, 'one');
		await store.delete(udid, [only.id]);
		assert.deepEqual(await storage.names(layout.appHeads(udid)), []);
	});

	it('are none where their file cannot be read', async () => {
		const storage = new MemoryStorage();
		const store = await openStore(storage);
		await takeApp(store, 'one');
		const [name] = await storage.names(layout.appHeads(udid));
		await storage.replace(`${layout.appHeads(udid)}/${name}`, Buffer.from('{'));
		assert.deepEqual([...(await store.appHeads(udid))], []);
	});
});

describe('the events of a device', () => {
	const event = { kind: 'build-installed', atMs: 1_700_000_000_000, app, facts: { version: '1.0', build: '7' } };

	it('come back in the order of their times, each once', async () => {
		const store = await openStore(new MemoryStorage());
		const later = { ...event, atMs: event.atMs + 1 };
		await store.addEvent(udid, later);
		await store.addEvent(udid, event);
		await store.addEvent(udid, event);
		assert.deepEqual(await store.events(udid), [event, later]);
		assert.deepEqual(await store.events(udid, 1), [later]);
	});

	it('are left out when they are not what was written', async () => {
		const storage = new MemoryStorage();
		const store = await openStore(storage);
		await store.addEvent(udid, event);
		const [name] = await storage.names(layout.events(udid));
		await storage.replace(`${layout.events(udid)}/${name}`, Buffer.from(JSON.stringify({ ...event, kind: 'other' })));
		await storage.putIfAbsent(`${layout.events(udid)}/notes.txt`, Buffer.from('x'));
		assert.deepEqual(await store.events(udid), []);
	});

	it('have a bounded size', async () => {
		const store = await openStore(new MemoryStorage());
		const long = { ...event, facts: { text: 'x'.repeat(20_000) } };
		await assert.rejects(store.addEvent(udid, long), (error) => StoreError.is(error, 'NAME_INVALID'));
	});
});
