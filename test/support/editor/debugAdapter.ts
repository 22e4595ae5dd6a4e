import { readFileSync } from 'node:fs';

/** What the debug adapter of the tests wrote down when a session began or ended. */
export interface LaunchRecord {
	readonly what: 'began' | 'ended';
	/** Of the launch configuration. */
	readonly name: string;
	/** The configuration as the editor passed it on, with its variables put in. */
	readonly configuration: Readonly<Record<string, unknown>>;
}

/** The type of its launch configurations. */
export const DEBUG_TYPE = 'lab-test';

const manifest = {
	name: 'debug-adapter',
	publisher: 'lab-test',
	version: '1.0.0',
	engines: { vscode: '^1.101.0' },
	main: './extension.js',
	activationEvents: [`onDebugResolve:${DEBUG_TYPE}`],
	contributes: { debuggers: [{ type: DEBUG_TYPE, label: 'Lab Test', configurationAttributes: { launch: {} } }] },
};

/** Runs in the extension host. A session whose configuration has `stays` runs until it is stopped, any other ends at once. */
const source = `
const { appendFileSync } = require('node:fs');
const vscode = require('vscode');

class Adapter {
	constructor(session) {
		this.session = session;
		this.messages = new vscode.EventEmitter();
		this.onDidSendMessage = this.messages.event;
	}
	handleMessage({ seq, type, command }) {
		if (type !== 'request') {
			return;
		}
		const { name, configuration } = this.session;
		const note = (what) => appendFileSync(configuration.log, JSON.stringify({ what, name, configuration }) + '\\n');
		const body = command === 'threads' ? { threads: [] } : {};
		this.messages.fire({ type: 'response', request_seq: seq, seq: 0, success: true, command, body });
		if (command === 'initialize') {
			this.messages.fire({ type: 'event', seq: 0, event: 'initialized' });
		}
		if (command === 'launch') {
			note('began');
			if (!configuration.stays) {
				this.messages.fire({ type: 'event', seq: 0, event: 'terminated' });
			}
		}
		if (command === 'disconnect') {
			note('ended');
		}
	}
	dispose() {}
}

exports.activate = (context) => {
	const createDebugAdapterDescriptor = (session) => new vscode.DebugAdapterInlineImplementation(new Adapter(session));
	context.subscriptions.push(vscode.debug.registerDebugAdapterDescriptorFactory('${DEBUG_TYPE}', { createDebugAdapterDescriptor }));
};
`;

/** An extension with a debug adapter that launches nothing and keeps a log: in the file that a launch configuration names as \`log\`. */
export const debugAdapterExtension: Readonly<Record<string, string>> = {
	'package.json': JSON.stringify(manifest),
	'extension.js': source,
};

/** What the adapter has written into a log, in its order; nothing while there is no such file. */
export function readLaunches(log: string): readonly LaunchRecord[] {
	let text: string;
	try {
		text = readFileSync(log, 'utf8');
	} catch {
		// No session began so far.
		return [];
	}
	return text
		.split('\n')
		.filter((line) => line !== '')
		.map((line) => JSON.parse(line) as LaunchRecord);
}
