import { once } from 'node:events';
import { toDisposable, type IDisposable } from '../base/index.ts';
import { systemClock } from '../engine/index.ts';
import type { CliIo, InputPort, OutputPort, StopSignal } from './io.ts';

const STOP_SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** This process's terminal, environment and signals. Call it once: it listens on the streams for as long as the process runs. */
export function processIo(): CliIo {
	const closed = new AbortController();
	return {
		out: outputPort(process.stdout, () => closed.abort()),
		err: outputPort(process.stderr, () => {}),
		input: keyboard(process.stdin),
		environment: process.env,
		clock: systemClock,
		outClosed: closed.signal,
		onStop: onProcessSignals,
		exitNow: (code) => process.exit(code),
	};
}

function outputPort(stream: NodeJS.WriteStream, onClosed: () => void): OutputPort {
	let open = true;
	// The reader of a pipe may leave at any time (`… | head -1`). That is no failure of the command.
	stream.on('error', () => {
		open = false;
		onClosed();
	});
	return {
		isTty: stream.isTTY === true,
		columns: () => stream.columns || 80,
		write(text) {
			if (open) {
				stream.write(text);
			}
		},
		async writeBytes(bytes) {
			if (open && !stream.write(bytes)) {
				// Whoever reads a pipe may also leave it.
				await Promise.race([once(stream, 'drain'), once(stream, 'close')]).catch(() => undefined);
			}
		},
	};
}

function keyboard(stream: NodeJS.ReadStream): InputPort {
	return {
		isTty: stream.isTTY === true,
		open(listener): IDisposable {
			const onData = (data: string): void => listener(data);
			stream.setRawMode(true);
			stream.setEncoding('utf8');
			stream.on('data', onData);
			stream.resume();
			return toDisposable(() => {
				stream.off('data', onData);
				stream.setRawMode(false);
				// A stream that goes on being read would keep the process from ending.
				stream.pause();
			});
		},
	};
}

function onProcessSignals(listener: (signal: StopSignal) => void): IDisposable {
	const own = (signal: NodeJS.Signals): void => listener(signal as StopSignal);
	for (const signal of STOP_SIGNALS) {
		process.on(signal, own);
	}
	return toDisposable(() => {
		for (const signal of STOP_SIGNALS) {
			process.off(signal, own);
		}
	});
}
