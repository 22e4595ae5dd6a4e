import assert from 'node:assert/strict';
import process from 'node:process';
import { describeWith, policy, programPath, requireProgram, requirePython } from '../../support/requirements.ts';

describe('what a suite requires', () => {
	it('is met by a program on PATH and not by one that nobody has', () => {
		assert.equal(requireProgram('no-such-program-anywhere').missing, 'no-such-program-anywhere is not installed');
		assert.equal(requireProgram(process.execPath).missing, undefined);
		assert.equal(programPath('no-such-program-anywhere'), undefined);
	});

	it('names the Python package that is missing', () => {
		assert.match(requirePython('no_such_package_anywhere').missing ?? '', /Python/);
	});

	it('decides between running, leaving out and failing', () => {
		assert.equal(policy([], undefined), 'run');
		assert.equal(policy([], 'all'), 'run');
		assert.equal(policy(['x is not installed'], undefined), 'leave out');
		assert.equal(policy(['x is not installed'], 'all'), 'fail');
	});

	describeWith([], 'a suite that needs nothing', () => {
		it('runs', () => {});
	});
});
