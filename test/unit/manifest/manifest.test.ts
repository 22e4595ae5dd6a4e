import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { listFiles } from '@vscode/vsce';
import { commandIds } from '../../../src/contributions.ts';

const root = path.resolve(import.meta.dirname, '../../..');

interface Manifest {
	readonly publisher?: string;
	readonly icon?: string;
	readonly main: string;
	readonly bin: Readonly<Record<string, string>>;
	readonly categories?: readonly string[];
	readonly engines: Readonly<Record<string, string>>;
	readonly dependencies: Readonly<Record<string, string>>;
	readonly devDependencies: Readonly<Record<string, string>>;
	readonly contributes: {
		readonly commands: readonly { readonly command: string; readonly title: string; readonly category?: string; readonly icon?: string }[];
	};
}

interface LockFile {
	readonly packages: Readonly<Record<string, { readonly dependencies?: object; readonly optionalDependencies?: object }>>;
}

/** Looks where Node would: in the package's own folder, then in those around it. */
function isLocked(packages: LockFile['packages'], place: string, name: string): boolean {
	const own = `${place === '' ? '' : `${place}/`}node_modules/${name}`;
	if (packages[own] !== undefined) {
		return true;
	}
	return place !== '' && isLocked(packages, place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/'))), name);
}

const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Manifest;

describe('manifest', () => {
	it('contributes exactly the commands of contributions.ts', () => {
		assert.deepEqual(manifest.contributes.commands.map(({ command }) => command).sort(), Object.values(commandIds).sort());
	});

	it('gives every command the id prefix, a translatable title and the category', () => {
		for (const { command, title, category } of manifest.contributes.commands) {
			assert.match(command, /^deviceLab\.[a-zA-Z.]+$/);
			assert.match(title, /^%command\..+%$/);
			assert.equal(category, 'Device Lab');
		}
	});

	it('names icons that exist, and a marketplace icon that is a PNG of at least 128 pixels a side', () => {
		const icons = [manifest.icon, ...manifest.contributes.commands.map(({ icon }) => icon)];
		for (const icon of icons.filter((name) => name !== undefined && !name.startsWith('$('))) {
			assert.ok(existsSync(path.join(root, icon ?? '')), `${icon} does not exist`);
		}
		const png = readFileSync(path.join(root, manifest.icon ?? ''));
		assert.equal(png.toString('latin1', 1, 4), 'PNG');
		assert.ok(png.readUInt32BE(16) >= 128 && png.readUInt32BE(20) >= 128);
	});

	it('says who publishes it, for which editor, and where its programs are', () => {
		assert.ok(manifest.publisher);
		assert.ok(manifest.categories?.length);
		assert.equal(
			manifest.engines['vscode'],
			`^${manifest.devDependencies['@types/vscode']}`,
			'types of a newer editor hide what an older one lacks',
		);
		assert.equal(manifest.main, './dist/extension.js');
		assert.deepEqual(manifest.bin, { devicelab: 'dist/cli.js' });
	});

	it('pins every dependency to one version', () => {
		for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
			assert.match(version, /^\d+\.\d+\.\d+$/, name);
		}
	});

	it('has a lock file without download addresses', () => {
		assert.doesNotMatch(readFileSync(path.join(root, 'package-lock.json'), 'utf8'), /"resolved"/);
	});

	it('has a lock file that knows every dependency, those for other platforms included, as `npm ci` demands', () => {
		const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as LockFile;
		const missing = Object.entries(packages).flatMap(([place, { dependencies, optionalDependencies }]) =>
			Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => !isLocked(packages, place, name)),
		);
		assert.deepEqual(missing, []);
	});

	it('packages only bundles, media and documents: no source, no test, no native code', async function () {
		// It looks at every file of the tree, and there are many below node_modules.
		this.timeout(60_000);
		const files = await listFiles({ cwd: root, packagedDependencies: [] });
		const allowed =
			/^(package(\.nls(\.[a-z-]+)?)?\.json|(l10n|schemas)\/[^/]+\.json|README\.md|CHANGELOG\.md|LICENSE|media\/([^/]+\/)?[^/]+\.(png|svg|css|md)|dist\/[^/]+\.js|dist\/webview\/[^/]+\.(js|css|ttf))$/;
		assert.deepEqual(
			files.filter((file) => !allowed.test(file)),
			[],
		);
		assert.ok(files.includes('media/icon.png'));
	});
});
