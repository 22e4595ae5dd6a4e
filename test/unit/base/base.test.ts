import assert from 'node:assert/strict';
import {
	AbortError,
	abortErrorOf,
	CodedError,
	concatBytes,
	delay,
	Disposable,
	Emitter,
	errorText,
	isAbortError,
	throwIfAborted,
	toDisposable,
	toSafeNumber,
	viewOf,
	type IDisposable,
} from '../../../src/base/index.ts';
import { FakeClock } from '../../support/fakeClock.ts';

class FruitError extends CodedError<'RIPE' | 'ROTTEN'> {}
class StoneError extends CodedError<'HARD'> {}

describe('CodedError', () => {
	it('is told by class and code', () => {
		const error = new FruitError('RIPE', 'An apple.', { details: { colour: 'red' }, cause: 'sun' });
		assert.deepEqual(
			[error.name, error.code, error.message, error.details, error.cause],
			['FruitError', 'RIPE', 'An apple.', { colour: 'red' }, 'sun'],
		);
		assert.equal(FruitError.is(error), true);
		assert.equal(FruitError.is(error, 'ROTTEN', 'RIPE'), true);
		assert.equal(FruitError.is(error, 'ROTTEN'), false);
		assert.equal(StoneError.is(error), false);
		assert.equal(CodedError.is(error), true);
		assert.equal(FruitError.is('RIPE'), false);
	});

	it('has no cause and empty details unless told', () => {
		const error = new StoneError('HARD', 'x');
		assert.deepEqual([Object.hasOwn(error, 'cause'), error.details], [false, {}]);
	});

	it('gives the text of whatever was thrown', () => {
		assert.deepEqual([errorText(new Error('a')), errorText('b'), errorText(undefined)], ['a', 'b', 'undefined']);
	});
});

describe('Abort', () => {
	it('is recognised from this project and from the platform', () => {
		const plain = AbortSignal.abort();
		assert.deepEqual([new AbortError(), plain.reason, new Error('x'), 'AbortError'].map(isAbortError), [true, true, false, false]);
	});

	it('keeps a reason that says more', () => {
		const reason = new AbortError('Cancelled on the device.');
		assert.equal(abortErrorOf(AbortSignal.abort(reason)), reason);
		assert.ok(abortErrorOf(AbortSignal.abort('why')) instanceof AbortError);
		assert.throws(() => throwIfAborted(AbortSignal.abort()), AbortError);
		throwIfAborted(undefined);
		throwIfAborted(new AbortController().signal);
	});
});

describe('Disposable', () => {
	class Holder extends Disposable {
		hold<T extends IDisposable>(resource: T): T {
			return this.register(resource);
		}
	}

	it('releases in reverse order, once', () => {
		const log: string[] = [];
		const holder = new Holder();
		holder.hold(toDisposable(() => log.push('first')));
		holder.hold(toDisposable(() => log.push('second')));
		holder.dispose();
		holder.dispose();
		assert.deepEqual([log, holder.isDisposed], [['second', 'first'], true]);
	});

	it('releases at once what comes too late', () => {
		const holder = new Holder();
		holder.dispose();
		let released = 0;
		holder.hold(toDisposable(() => released++)).dispose();
		assert.equal(released, 1);
	});
});

describe('Emitter', () => {
	it('tells each listener until it stops listening', () => {
		const emitter = new Emitter<number>();
		const got: string[] = [];
		const a = emitter.event((value) => got.push(`a${value}`));
		emitter.event((value) => got.push(`b${value}`));
		emitter.fire(1);
		a.dispose();
		a.dispose();
		emitter.fire(2);
		emitter.dispose();
		emitter.fire(3);
		assert.deepEqual(got, ['a1', 'b1', 'b2']);
	});

	it('keeps the same function twice apart, and changes of listeners for the next value', () => {
		const emitter = new Emitter<number>();
		const got: string[] = [];
		const listener = (value: number): void => void got.push(`x${value}`);
		const first = emitter.event(listener);
		emitter.event(listener);
		emitter.event((value) => {
			first.dispose();
			if (value === 1) {
				emitter.event((later) => got.push(`late${later}`));
			}
		});
		emitter.fire(1);
		emitter.fire(2);
		assert.deepEqual(got, ['x1', 'x1', 'x2', 'late2']);
	});
});

describe('Bytes', () => {
	it('join without copying a single part', () => {
		const part = Uint8Array.of(1, 2);
		assert.equal(concatBytes([part]), part);
		assert.deepEqual(concatBytes([part, new Uint8Array(0), Uint8Array.of(3)]), Uint8Array.of(1, 2, 3));
		assert.deepEqual(concatBytes([]), new Uint8Array(0));
	});

	it('are viewed where they lie in their buffer', () => {
		const inside = Uint8Array.of(9, 9, 0, 0, 1, 2, 9).subarray(2, 6);
		assert.deepEqual([viewOf(inside).byteLength, viewOf(inside).getUint32(0)], [4, 258]);
	});

	it('become numbers only without loss', () => {
		assert.deepEqual([toSafeNumber(5n), toSafeNumber(-7)], [5, -7]);
		assert.throws(() => toSafeNumber(2n ** 53n), RangeError);
		assert.throws(() => toSafeNumber(0.5), RangeError);
	});
});

describe('Delay', () => {
	it('follows the clock it was given', async () => {
		const clock = new FakeClock();
		let isOver = false;
		const waiting = delay(clock, 100).then(() => (isOver = true));
		clock.advance(99);
		await Promise.resolve();
		assert.equal(isOver, false);
		clock.advance(1);
		await waiting;
		assert.equal(clock.pending, 0);
	});
});
