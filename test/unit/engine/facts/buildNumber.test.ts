import assert from 'node:assert/strict';
import { readBuildNumber } from '../../../../src/engine/facts/buildNumber.ts';

describe('The build number', () => {
	it('is what the first variable says that says something usable', () => {
		const check = (environment: Record<string, string>, expected: string | undefined): void =>
			assert.equal(readBuildNumber(environment), expected, JSON.stringify(environment));
		check({}, undefined);
		check({ GITHUB_RUN_NUMBER: '17' }, '17');
		check({ BUILD_NUMBER: '4', CI_PIPELINE_IID: '5' }, '4');
		check({ CI_PIPELINE_IID: '5' }, '5');
		check({ DEVICELAB_BUILD: ' 2.1 (417) ', GITHUB_RUN_NUMBER: '17' }, '2.1 (417)');
		check({ DEVICELAB_BUILD: '', GITHUB_RUN_NUMBER: '17' }, '17');
		check({ DEVICELAB_BUILD: 'a\u001b[31m', BUILD_NUMBER: '9' }, '9');
		check({ DEVICELAB_BUILD: 'a\u202eb', BUILD_NUMBER: '9' }, '9');
		check({ DEVICELAB_BUILD: 'x'.repeat(65) }, undefined);
	});
});
