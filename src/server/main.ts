import {
	createConnection,
	IPCMessageReader,
	IPCMessageWriter,
	ProposedFeatures,
	StreamMessageReader,
	StreamMessageWriter,
} from 'vscode-languageserver/node';
import { systemClock } from '../engine/index.ts';
import { serveLab } from './serve.ts';

/**
 * The engine as a language server process, over the channel to its parent (`--node-ipc`) or over standard input and output (`--stdio`). It ends
 * by itself when the other side is gone, after its jobs have ended in order.
 */

/** A job that is past stopping, because it is putting a finished backup in its place, may take this long. */
const END_WITHIN_MS = 30_000;

const overIpc = process.argv.includes('--node-ipc');
// The readers are named, as otherwise the library ends the process at once when they close.
const connection = overIpc
	? createConnection(ProposedFeatures.all, new IPCMessageReader(process), new IPCMessageWriter(process))
	: createConnection(ProposedFeatures.all, new StreamMessageReader(process.stdin), new StreamMessageWriter(process.stdout));
const lab = serveLab(connection, { clock: systemClock, environment: process.env });
let isEnding = false;

process.once('disconnect', endInOrder);
process.stdin.once('end', endInOrder);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
	process.on(signal, endInOrder);
}
// Whoever read our output is gone: there is nobody to tell, and `disconnect` or `end` comes as well.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

connection.listen();

/** The other side is gone, or wants this process gone: like Ctrl-C on the command line. */
function endInOrder(): void {
	if (isEnding) {
		return;
	}
	isEnding = true;
	setTimeout(() => process.exit(1), END_WITHIN_MS).unref();
	lab.end().then(
		() => process.exit(0),
		() => process.exit(1),
	);
}
