import { Duplex } from 'node:stream';
import { Connection } from '../../src/device/transport/connection.ts';

/** Two ends of an in-memory stream: bytes written to one are read from the other, with back-pressure. */
export function duplexPair(): [Duplex, Duplex] {
	const ends: Duplex[] = [];
	const wake: ((() => void) | undefined)[] = [undefined, undefined];
	for (const index of [0, 1]) {
		const other = 1 - index;
		ends.push(
			new Duplex({
				read() {
					const resume = wake[index];
					wake[index] = undefined;
					resume?.();
				},
				write(chunk: Uint8Array, _encoding, done) {
					const peer = ends[other] as Duplex;
					if (peer.destroyed) {
						done(new Error('the peer is gone'));
					} else if (peer.push(chunk)) {
						done();
					} else {
						wake[other] = done;
					}
				},
				final(done) {
					(ends[other] as Duplex).push(null);
					done();
				},
				destroy(error, done) {
					const peer = ends[other] as Duplex;
					setImmediate(() => peer.destroyed || peer.push(null));
					done(error);
				},
			}),
		);
	}
	return [ends[0] as Duplex, ends[1] as Duplex];
}

/** A Connection, and the raw stream at its other end. */
export function connectionPair(): { connection: Connection; peer: Duplex } {
	const [mine, peer] = duplexPair();
	peer.on('error', () => {
		// Tests end streams abruptly on purpose.
	});
	return { connection: new Connection(mine), peer };
}
