import { createHash } from 'node:crypto';
import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { zip } from '../packages.ts';
import { runCommand } from './command.ts';
import { projectFolder, workFolder } from './folders.ts';

/** Not part of the project's sources. */
const DERIVED = new Set(['.git', 'node_modules', 'dist', 'out', 'coverage', '.vscode-test']);
/** Sources that a package does not depend on. */
const NOT_PACKAGED = new Set(['test', 'bench', 'tools', '.ci', '.github']);
const DROP_AFTER_MS = 60 * 60 * 1000;

/**
 * The extension as `npm run package` makes it, from the sources as they are now; made again only when they have changed.
 *
 * It is made in a copy of the project, because packaging empties `dist/`, which other programs may be running.
 *
 * `DEVICELAB_VSIX` names a package to take instead, such as one that was released.
 *
 * @returns path of the `.vsix`
 */
export async function packagedExtension(): Promise<string> {
	const chosen = process.env['DEVICELAB_VSIX'];
	if (chosen !== undefined && chosen !== '') {
		return path.resolve(chosen);
	}
	const file = path.join(workFolder, `ios-device-lab-${digestOfSources()}.vsix`);
	if (!existsSync(file)) {
		const copy = mkdtempSync(path.join(tmpdir(), 'devicelab-package-'));
		try {
			for (const name of readdirSync(projectFolder).filter(isSource)) {
				cpSync(path.join(projectFolder, name), path.join(copy, name), { recursive: true });
			}
			symlinkSync(path.join(projectFolder, 'node_modules'), path.join(copy, 'node_modules'), 'junction');
			const vsce = path.join(projectFolder, 'node_modules/@vscode/vsce/vsce');
			const { scripts } = JSON.parse(readFileSync(path.join(copy, 'package.json'), 'utf8')) as { scripts: { package: string } };
			const [, ...args] = scripts.package.split(' ');
			mkdirSync(workFolder, { recursive: true });
			dropOld();
			const unfinished = `${file}.${process.pid}`;
			await runCommand(process.execPath, [vsce, ...args, '--out', unfinished], { cwd: copy });
			renameSync(unfinished, file);
		} finally {
			rmSync(copy, { recursive: true, force: true });
		}
	}
	return file;
}

/** Writes a small extension of the tests' own as a package. @param files - by path. @returns the path of the package */
export function packExtension(files: Readonly<Record<string, string>>, file: string): string {
	writeFileSync(file, zip(Object.entries(files).map(([name, bytes]) => ({ name: `extension/${name}`, bytes }))));
	return file;
}

/** Those of other states of the sources; young ones may be in use by another run. */
function dropOld(): void {
	for (const name of readdirSync(workFolder).filter((name) => name.includes('.vsix'))) {
		const file = path.join(workFolder, name);
		if (Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > DROP_AFTER_MS) {
			rmSync(file, { force: true });
		}
	}
}

function isSource(name: string): boolean {
	return !DERIVED.has(name) && !name.endsWith('.vsix');
}

function digestOfSources(): string {
	const hash = createHash('sha256');
	const add = (file: string): void => {
		hash
			.update(`${file}\0`)
			.update(readFileSync(path.join(projectFolder, file)))
			.update('\0');
	};
	for (const entry of readdirSync(projectFolder, { withFileTypes: true })) {
		if (!isSource(entry.name) || NOT_PACKAGED.has(entry.name)) {
			continue;
		}
		if (entry.isFile()) {
			add(entry.name);
			continue;
		}
		for (const inner of readdirSync(path.join(projectFolder, entry.name), { recursive: true, withFileTypes: true })) {
			if (inner.isFile()) {
				add(path.relative(projectFolder, path.join(inner.parentPath, inner.name)));
			}
		}
	}
	return hash.digest('hex').slice(0, 16);
}
