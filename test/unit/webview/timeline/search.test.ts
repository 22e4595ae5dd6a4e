import assert from 'node:assert/strict';
import { parseSearch } from '../../../../src/webview/timeline/model/search.ts';
import { snapshotInfo } from '../../../support/timeline/snapshots.ts';

const snapshots = [
	snapshotInfo({
		id: 'a1',
		name: 'fresh',
		note: 'Straight from the box.',
		iosVersion: '17.5',
		pinned: true,
		verifiedAt: '2026-11-19T00:00:00Z',
	}),
	snapshotInfo({ id: 'b2', name: 'logged-in', encrypted: true, git: { commit: 'ABCDEF0123', branch: 'main', build: '417' } }),
	snapshotInfo({ id: 'c3', trigger: 'safety', git: { branch: 'feature/login' }, damagedAt: '2026-11-19T00:00:00Z' }),
	snapshotInfo({ id: 'd4', kind: 'app', app: { bundleId: 'com.acme.app', name: 'Acme' }, isHead: true }),
];

function found(text: string): string {
	const search = parseSearch(text);
	return snapshots
		.filter((snapshot) => search.matches(snapshot))
		.map(({ id }) => id)
		.join(' ');
}

describe('timeline search', () => {
	const cases: readonly (readonly [string, string])[] = [
		['', 'a1 b2 c3 d4'],
		['LOGGED', 'b2'],
		['box', 'a1'],
		['login', 'c3'],
		['branch:main', 'b2'],
		['branch:feature -is:damaged', ''],
		['commit:abcdef', 'b2'],
		['commit:bcdef', ''],
		['ios:17', 'a1'],
		['build:417', 'b2'],
		['app:acme', 'd4'],
		['is:pinned', 'a1'],
		['is:encrypted', 'b2'],
		['is:damaged', 'c3'],
		['is:verified', 'a1'],
		['is:unverified', 'b2 d4'],
		['is:head', 'd4'],
		['-is:named', 'c3 d4'],
		['trigger:safety', 'c3'],
		['note:"from the"', 'a1'],
		['"Straight from"', 'a1'],
		['id:b', 'b2'],
		['is:pinned ios:17 fresh', 'a1'],
		['is:pinned ios:18', ''],
	];
	for (const [text, expected] of cases) {
		it(`finds ${expected === '' ? 'nothing' : expected} for ${JSON.stringify(text)}`, () => assert.equal(found(text), expected));
	}

	it('names words that look like questions and are none, and goes by the others', () => {
		const search = parseSearch('colour:red is:purple fresh');
		assert.deepEqual(search.unknown, ['colour:red', 'is:purple']);
		assert.equal(search.isEmpty, false);
		assert.equal(found('is:purple fresh'), 'a1');
		assert.equal(parseSearch('is:').isEmpty, true);
	});

	it('takes names of the language’s own objects for what they are', () => {
		assert.deepEqual(parseSearch('constructor:x is:toString').unknown, ['constructor:x', 'is:toString']);
	});
});
