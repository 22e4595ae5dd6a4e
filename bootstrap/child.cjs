'use strict';

const os = require('node:os');

/** Signals that ask a command to stop. A terminal sends them to every process of the group, so parent and child both get them. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** Environment variable that tells the child that it has a parent to follow. */
const FOLLOWS = 'DEVICELAB_FOLLOWS';

/**
 * Runs a script under another Node as if it were this process: same terminal, arguments, signals and exit code.
 *
 * The child follows its parent (`followParent`): it acts on the signals that the parent passes on, each once, and ends at once
 * when the parent is gone, because somebody who killed the command must not find it still writing.
 *
 * @param {string} node - the executable
 * @param {string[]} args - options of Node, the script, the script's arguments
 * @returns {Promise<never>} does not come back: this process ends as the child did
 */
function runAsChild(node, args) {
	// Most starts need no second process, and this module takes longer to load than all that is checked before.
	const { spawn } = require('node:child_process');
	return new Promise((_resolve, reject) => {
		const child = spawn(node, args, {
			stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
			env: { ...process.env, [FOLLOWS]: '1' },
		});
		for (const signal of STOP_SIGNALS) {
			process.on(signal, () => {
				if (child.connected) {
					// A channel that just closed means that the child is ending, which is what the signal asks for.
					child.send({ signal }, () => {});
				}
			});
		}
		child.once('error', reject);
		child.once('exit', (code, signal) => {
			if (signal === null) {
				process.exit(code);
			}
			process.removeAllListeners(signal);
			process.kill(process.pid, signal);
		});
	});
}

/**
 * The other half, called first thing in the child: does nothing in a process that `runAsChild` did not start.
 *
 * Stop signals that come directly are ignored; those that the parent passes on reach the ordinary `process.on(signal)` handlers,
 * and end the process as they would without this when there is none.
 *
 * @returns {boolean} whether `runAsChild` started this process
 */
function followParent() {
	const started = process.env[FOLLOWS] !== undefined;
	delete process.env[FOLLOWS];
	if (!started || !process.connected) {
		return started;
	}
	const ignore = () => {};
	let passedOn = false;
	const emit = process.emit;
	process.emit = function (event, ...args) {
		if (STOP_SIGNALS.includes(event) && !passedOn) {
			return true;
		}
		return emit.call(this, event, ...args);
	};
	for (const signal of STOP_SIGNALS) {
		process.on(signal, ignore);
	}
	process.on('message', (message) => {
		const signal = message?.signal;
		if (!STOP_SIGNALS.includes(signal)) {
			return;
		}
		if (process.listeners(signal).every((listener) => listener === ignore)) {
			process.exit(128 + os.constants.signals[signal]);
		}
		passedOn = true;
		try {
			process.emit(signal, signal, os.constants.signals[signal]);
		} finally {
			passedOn = false;
		}
	});
	// The hardest end there is: `process.exit` would still run handlers, and they may write.
	process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
	// Waiting for the parent must not keep a command alive that has finished.
	process.channel.unref();
	return true;
}

module.exports = { followParent, runAsChild };
