import assert from 'node:assert/strict';
import { silentLogger } from '../../../src/base/index.ts';
import { AutomaticRulesLink } from '../../../src/client/index.ts';
import type { AutomaticRules } from '../../../src/contract/index.ts';
import { settled } from '../../support/eventually.ts';
import { fakeClient } from './fakeServer.ts';

const rules: AutomaticRules = {
	mode: 'onAttach',
	window: '22:00-06:00',
	everyHours: 12,
	minBatteryPercent: 30,
	onlyWhenCharging: false,
	overWifi: false,
};

function start(set: AutomaticRules | undefined) {
	const state = { rules: set };
	const { client, servers } = fakeClient();
	const link = new AutomaticRulesLink(client, () => state.rules, silentLogger);
	/** What each engine was told, in order. */
	const told = (): unknown[] =>
		servers.map(({ asked }) => asked.filter(({ method }) => method === 'automatic/set').map(({ params }) => params));
	return { client, servers, link, state, told };
}

describe('The rules of automatic backups', () => {
	it('start no engine while they are off', async () => {
		const { client, link, servers } = start(undefined);
		link.apply();
		await settled();
		assert.deepEqual([servers.length, client.state], [0, 'stopped']);
	});

	it('start the engine where they are on, and are told to it once', async () => {
		const { link, told } = start(rules);
		link.apply();
		link.apply();
		await settled();
		link.apply();
		await settled();
		assert.deepEqual(told(), [[{ rules }]]);
	});

	it('are told to an engine that was started for something else, and to the next one', async () => {
		const { client, servers, told } = start(rules);
		void client.request('devices/list', {}).catch(() => {});
		await settled();
		assert.deepEqual(told(), [[{ rules }]]);
		servers[0]?.end('it crashed.');
		await settled();
		assert.deepEqual(told(), [[{ rules }], [{ rules }]]);
	});

	it('are told as they change, and taken back', async () => {
		const { link, state, told, client } = start(undefined);
		void client.request('devices/list', {}).catch(() => {});
		await settled();
		state.rules = rules;
		link.apply();
		state.rules = { ...rules, everyHours: 1 };
		link.apply();
		state.rules = undefined;
		link.apply();
		link.apply();
		await settled();
		assert.deepEqual(told(), [[{ rules }, { rules: { ...rules, everyHours: 1 } }, {}]]);
	});
});
