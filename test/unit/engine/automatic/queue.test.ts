import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pickNext, type DueDevice, type RunningBackup } from '../../../../src/engine/automatic/queue.ts';

const transferring: RunningBackup = { mayAskPerson: false };
const asking: RunningBackup = { mayAskPerson: true };
const due = (udid: string, deadlineMs: number): DueDevice => ({ udid, deadlineMs });

describe('pickNext', () => {
	it('takes the one whose time is over soonest', () => {
		assert.equal(pickNext([due('a', 300), due('b', 100), due('c', Infinity)], []), 'b');
		assert.equal(pickNext([due('b', Infinity), due('a', Infinity)], [transferring]), 'a');
		assert.equal(pickNext([], []), undefined);
	});

	it('begins none while another may ask for its passcode, or while enough run', () => {
		assert.equal(pickNext([due('a', 1)], [asking]), undefined);
		assert.equal(pickNext([due('a', 1)], [transferring, transferring]), undefined);
		assert.equal(pickNext([due('a', 1)], [transferring, transferring], 3), 'a');
	});

	it('serves all in the order of their deadlines, never too many at once', () => {
		fc.assert(
			fc.property(
				fc.uniqueArray(fc.record({ udid: fc.nat().map((number) => number.toString(16)), deadlineMs: fc.nat(50) }), {
					selector: ({ udid }) => udid,
				}),
				fc.integer({ min: 1, max: 4 }),
				(devices, atOnce) => {
					let waiting = devices;
					let running: RunningBackup[] = [];
					const served: DueDevice[] = [];
					while (waiting.length > 0) {
						const next = pickNext(waiting, running, atOnce);
						if (next === undefined) {
							// The one that may have asked goes on, or the first one ends.
							running = running.some(({ mayAskPerson }) => mayAskPerson) ? running.map(() => transferring) : running.slice(1);
							continue;
						}
						served.push(...waiting.filter(({ udid }) => udid === next));
						waiting = waiting.filter(({ udid }) => udid !== next);
						running.push(asking);
						assert.ok(running.length <= atOnce && running.filter(({ mayAskPerson }) => mayAskPerson).length === 1);
					}
					const order = served.map(({ deadlineMs }) => deadlineMs);
					assert.deepEqual(
						order,
						[...order].sort((a, b) => a - b),
					);
				},
			),
		);
	});
});
