import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { storeFolderOf } from '../../../src/engine/store/storeFolder.ts';
import { fakeEngine } from './fakeEngine.ts';
import { FakeIo } from './fakeIo.ts';

describe('The folder of the snapshots', () => {
	it('is the one that is named, else that of the environment', async () => {
		const engine = fakeEngine({ listDevices: () => ({ devices: [], problems: [] }) });
		const environment = { DEVICELAB_STORE: '/env', HOME: '/h' };
		await engine.run(new FakeIo({ environment }), 'devices', '--store', 'named');
		await engine.run(new FakeIo({ environment }), '--store=~/mine', 'devices');
		await engine.run(new FakeIo({ environment }), 'devices');
		assert.deepEqual(engine.stores, [resolve('named'), resolve('/h/mine'), resolve('/env')]);
	});

	it("is the user's own where this system keeps the data of programs", () => {
		const check = (platform: NodeJS.Platform, environment: Record<string, string>, expected: string): void =>
			assert.equal(storeFolderOf(undefined, environment, platform), expected);
		check('linux', { HOME: '/h', DEVICELAB_STORE: '' }, '/h/.local/share/ios-device-lab/store');
		check('linux', { HOME: '/h', XDG_DATA_HOME: '/data' }, '/data/ios-device-lab/store');
		check('linux', { HOME: '/h', XDG_DATA_HOME: 'relative' }, '/h/.local/share/ios-device-lab/store');
		check('darwin', { HOME: '/Users/a', XDG_DATA_HOME: '/data' }, '/Users/a/Library/Application Support/ios-device-lab/store');
		check('win32', { LOCALAPPDATA: 'C:\\L' }, 'C:\\L\\ios-device-lab\\store');
		check('win32', { USERPROFILE: 'C:\\U' }, 'C:\\U\\AppData\\Local\\ios-device-lab\\store');
	});
});
