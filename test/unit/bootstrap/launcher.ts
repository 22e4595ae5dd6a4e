import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { programPath } from '../../support/requirements.ts';

/** The folder under test. */
export const bootstrapFolder = path.resolve(import.meta.dirname, '../../../bootstrap');

/** A temporary copy of the bootstrap with a program of the test's own in place of the command line. */
export class Launcher {
	readonly folder = mkdtempSync(path.join(tmpdir(), 'bootstrap-'));
	readonly #started: ChildProcessWithoutNullStreams[] = [];

	/** @param main - body of `main(argv)`, which returns the exit code */
	constructor(main: string) {
		cpSync(bootstrapFolder, this.folder, { recursive: true });
		writeFileSync(path.join(this.folder, 'cliMain.js'), `exports.main = async (argv) => {\n${main}\n};\n`);
	}

	/** Starts it in a process group of its own, as a shell does. `newer` names the Node that it must go on with. */
	start(node: string, newer: string, ...args: string[]): ChildProcessWithoutNullStreams {
		const child = spawn(node, [path.join(this.folder, 'cli.cjs'), ...args], {
			detached: true,
			stdio: 'pipe',
			env: { ...process.env, DEVICELAB_NODE: newer },
		});
		this.#started.push(child);
		return child;
	}

	/** Another name for the running Node, so that a launcher takes it for a different one. */
	otherNode(): string {
		const file = path.join(this.folder, 'other-node');
		writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' "$@"\n`);
		chmodSync(file, 0o755);
		return file;
	}

	dispose(): void {
		for (const child of this.#started) {
			if (child.exitCode === null && child.signalCode === null) {
				child.kill('SIGKILL');
			}
		}
		rmSync(this.folder, { recursive: true, force: true });
	}
}

/** Nodes to start from: the running one, and the one on PATH where that is too old for the engine. */
export function startingNodes(): string[] {
	const installed = programPath('node');
	if (installed === undefined) {
		return [process.execPath];
	}
	const major = Number(spawnSync(installed, ['-p', 'parseInt(process.versions.node)'], { encoding: 'utf8' }).stdout);
	return major >= 18 && major < 22 ? [process.execPath, installed] : [process.execPath];
}
