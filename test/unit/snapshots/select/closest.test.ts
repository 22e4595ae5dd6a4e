import assert from 'node:assert/strict';
import { closest } from '../../../../src/snapshots/select/closest.ts';

describe('The closest word', () => {
	it('is a few letters away at most', () => {
		const words = ['latest', 'head', 'after-login', 'clean'];
		const check = (word: string, expected: string | undefined): void => assert.equal(closest(word, words), expected, word);
		check('latest', 'latest');
		check('lastest', 'latest');
		check('claen', 'clean');
		check('clea', 'clean');
		check('heda', 'head');
		check('afterlogin', 'after-login');
		check('aftr-logon', 'after-login');
		check('banana', undefined);
		check('', undefined);
		check('he', undefined);
		assert.equal(closest('ab', []), undefined);
	});
});
