import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { projectFolder } from '../test/support/editor/folders.ts';
import { InstalledWorkbench } from '../test/support/editor/useWorkbench.ts';
import { scenes, type Scene } from './scenes.ts';

/**
 * `npm run screenshots [-- --to <folder>] [name…]`: takes the pictures of the README, all of tools/scenes.ts or those that are named, with the
 * packaged extension in a real workbench. They go to docs/pictures unless another folder is named.
 */
async function take(scene: Scene, folder: string): Promise<void> {
	const workbench = new InstalledWorkbench(scene.options);
	try {
		await workbench.start();
		await scene.play(workbench);
		const file = path.join(folder, `${scene.name}.png`);
		await workbench.ui.page.screenshot({ path: file });
		console.log(path.relative(projectFolder, file));
	} finally {
		await workbench.stop();
	}
}

async function main(): Promise<void> {
	const { values, positionals } = parseArgs({ allowPositionals: true, options: { to: { type: 'string' } } });
	const unknown = positionals.filter((name) => !scenes.some((scene) => scene.name === name));
	if (unknown.length > 0) {
		throw new Error(`There is no scene ${unknown.join(', ')}; there are ${scenes.map(({ name }) => name).join(', ')}.`);
	}
	const folder = path.resolve(values.to ?? path.join(projectFolder, 'docs/pictures'));
	mkdirSync(folder, { recursive: true });
	for (const scene of scenes.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
		await take(scene, folder);
	}
}

await main();
