import assert from 'node:assert/strict';
import path from 'node:path';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import layers from '../../../eslint.layers.mjs';

const root = path.resolve(import.meta.dirname, '../../..');

/** Only the layer rules, without types, so that a file need not exist to be linted. */
const eslint = new ESLint({
	cwd: root,
	overrideConfigFile: true,
	overrideConfig: {
		files: ['**/*.ts'],
		languageOptions: { parser: tseslint.parser },
		plugins: { layers },
		rules: { 'layers/imports': 'error', 'layers/front-door': 'error' },
	},
});

async function messagesFor(file: string, code: string): Promise<string[]> {
	const [result] = await eslint.lintText(code, { filePath: path.join(root, 'src', file) });
	return result?.messages.map(({ message }) => message) ?? [];
}

describe('layer rules', () => {
	const allowed: [file: string, code: string][] = [
		['device/usbmux/client.ts', "import { x } from '../../base/index.ts';"],
		['device/usbmux/client.ts', "import { connect } from 'node:net';"],
		['device/usbmux/client.ts', "import { x } from '../transport/connection.ts';"],
		['virtual/mux/server.ts', "import { x } from '../../device/usbmux/messages.ts';"],
		['virtual/mux/server.ts', "import { x } from '../device/anything.ts';"],
		['engine/jobs.ts', "import { x } from '../device/index.ts'; import { y } from '../backup/index.ts';"],
		['cli/main.ts', "import { Command } from 'commander';"],
		['extension.ts', "import * as vscode from 'vscode'; import { x } from './contributions.ts';"],
		['views/tree.ts', "import { x } from '../contributions.ts';"],
		['base/index.ts', "export { x } from './errors.ts';"],
	];
	for (const [file, code] of allowed) {
		it(`allow in ${file}: ${code}`, async () => {
			assert.deepEqual(await messagesFor(file, code), []);
		});
	}

	const refused: [file: string, code: string, message: RegExp][] = [
		['base/errors.ts', "import fs from 'node:fs';", /base may not import node:fs: .*language only/],
		['base/errors.ts', "import fs from 'fs';", /may not import the package fs: .*written with node:/],
		['plist/binary.ts', "import plist from 'plist';", /plist may not import the package plist/],
		['device/afc/client.ts', "import { open } from 'node:fs/promises';", /device may not import node:fs\/promises: .*DeviceLinkHost/],
		['device/afc/client.ts', "import { x } from '../../backup/index.ts';", /device may not import backup: .*only the engine joins/],
		['device/afc/client.ts', "import type { x } from '../../backup/index.ts';", /device may not import backup/],
		['device/afc/client.ts', "type X = import('../../backup/index.ts').X;", /device may not import backup/],
		['backup/manifest.ts', "import { x } from '../device/index.ts';", /backup may not import device/],
		['snapshots/store.ts', "import { x } from '../plist/index.ts';", /snapshots may not import plist/],
		['engine/jobs.ts', "import * as vscode from 'vscode';", /engine may not import the package vscode: .*no editor present/],
		['engine/jobs.ts', "import { x } from '../device/usbmux/client.ts';", /through its front door, device\/index.ts/],
		['engine/jobs.ts', "import { x } from '../server/main.ts';", /engine may not import server/],
		['engine/jobs.ts', "const x = await import('../device/index.ts');", /may not load another room with import\(\)/],
		[
			'virtual/mux/server.ts',
			"import { x } from '../../device/usbmux/client.ts';",
			/only device's frame.ts, messages.ts and x509.ts files: .*agree with itself/,
		],
		['cli/main.ts', "import { x } from '../backup/index.ts';", /cli may not import backup: .*through the engine/],
		['client/start.ts', "import { x } from '../server/main.ts';", /client may not import server: .*file path/],
		['webview/timeline/main.ts', "import { x } from '../../views/tree.ts';", /webview may not import views/],
		['commands/backUp.ts', "import { x } from '../engine/index.ts';", /commands may not import engine/],
		['cli/main.ts', "import { x } from '../../test/support/requirements.ts';", /lies outside src/],
		['newroom/x.ts', "import { x } from '../base/index.ts';", /newroom is not in the table/],
		['device/usbmux/client.ts', "export { x } from './messages.ts';", /Only index.ts re-exports/],
		['base/index.ts', "export * from './errors.ts';", /Name what is exported/],
	];
	for (const [file, code, message] of refused) {
		it(`refuse in ${file}: ${code}`, async () => {
			const messages = await messagesFor(file, code);
			assert.equal(messages.length, 1, messages.join('\n'));
			assert.match(messages[0] ?? '', message);
		});
	}
});
