import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** Something of this computer that a suite needs. `missing` says why it cannot be had, as the end of a sentence. */
export interface Requirement {
	readonly missing: string | undefined;
}

/** A program on PATH, by the name under which it is started. */
export function requireProgram(name: string): Requirement {
	return { missing: programPath(name) === undefined ? `${name} is not installed` : undefined };
}

/** A module that `pythonPath()` can import. */
export function requirePython(module: string): Requirement {
	if (programPath(pythonPath()) === undefined) {
		return { missing: `Python is not installed (no ${pythonPath()})` };
	}
	return { missing: canImport(module) ? undefined : `the Python package ${module} is not installed` };
}

/** A system that has what the suite tries, such as Unix sockets or signals. */
export function requirePlatform(...platforms: NodeJS.Platform[]): Requirement {
	return { missing: platforms.includes(process.platform) ? undefined : `it is only for ${platforms.join(', ')}` };
}

/** The Python that foreign clients and readers run under: `DEVICELAB_PYTHON`, else the one on PATH. */
export function pythonPath(): string {
	const chosen = process.env['DEVICELAB_PYTHON'];
	return chosen === undefined || chosen === '' ? 'python3' : chosen;
}

/**
 * A `describe` that needs something. Where that is missing the suite is left out and its title says why, so that the summary can;
 * with `DEVICELAB_TEST_REQUIRE=all` it fails instead.
 */
export function describeWith(requirements: Requirement | readonly Requirement[], title: string, define: (this: Mocha.Suite) => void): void {
	const missing = [requirements].flat().flatMap((requirement) => requirement.missing ?? []);
	switch (policy(missing, process.env['DEVICELAB_TEST_REQUIRE'])) {
		case 'run':
			describe(title, define);
			return;
		case 'leave out':
			describe.skip(`${title} [left out: ${missing.join(', ')}]`, define);
			return;
		case 'fail':
			describe(title, () => {
				it('has what it needs', () => {
					throw new Error(`DEVICELAB_TEST_REQUIRE=all, and ${missing.join(', ')}.`);
				});
			});
	}
}

/** What happens to a suite, given what is missing and the value of `DEVICELAB_TEST_REQUIRE`. */
export function policy(missing: readonly string[], required: string | undefined): 'run' | 'leave out' | 'fail' {
	if (missing.length === 0) {
		return 'run';
	}
	return required === 'all' ? 'fail' : 'leave out';
}

/** Where a program lies on PATH (or the path itself, when it is one); undefined when there is none that may be executed. */
export function programPath(name: string): string | undefined {
	const folders = name.includes(path.sep) ? [''] : (process.env['PATH'] ?? '').split(path.delimiter);
	const endings = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
	for (const folder of folders) {
		for (const ending of endings) {
			const file = path.join(folder, name + ending);
			try {
				accessSync(file, constants.X_OK);
				return file;
			} catch {
				// Not here: the next place is tried.
			}
		}
	}
	return undefined;
}

function canImport(module: string): boolean {
	try {
		execFileSync(pythonPath(), ['-c', 'import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)', module], {
			stdio: 'ignore',
		});
		return true;
	} catch {
		return false;
	}
}
