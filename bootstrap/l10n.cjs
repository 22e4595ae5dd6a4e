'use strict';

/**
 * Gathers every text that the editor side shows (`vscode.l10n.t`, and `l10n.t` in the timeline's page and in language features) into
 * l10n/bundle.l10n.json, from which translations are made:
 * `node bootstrap/l10n.cjs [--check]`. With `--check` it writes nothing and ends with 1 when the file is not what it would write.
 *
 * A text must be written out where it is used, or it could not be found; and it must have as many places as it is given values.
 */
const fs = require('node:fs');
const path = require('node:path');
const ts = require('typescript');

const root = path.dirname(__dirname);
const bundle = path.join(root, 'l10n/bundle.l10n.json');

/** Rooms that run in the editor, or say something in it. */
const rooms = ['extension.ts', 'client', 'views', 'commands', 'tasks', 'webview', 'server'];

function sourcesOf(room) {
	const place = path.join(root, 'src', room);
	if (!fs.existsSync(place)) {
		return [];
	}
	if (fs.statSync(place).isFile()) {
		return [place];
	}
	const names = fs.readdirSync(place, { recursive: true }).map(String);
	return names.filter((name) => name.endsWith('.ts')).map((name) => path.join(place, name));
}

/** The texts of one file; each problem is a line that says where. */
function textsOf(file, problems) {
	const source = ts.createSourceFile(file, fs.readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
	const texts = [];
	const visit = (node) => {
		if (ts.isCallExpression(node) && /(^|\.)l10n\.t$/.test(node.expression.getText(source))) {
			const [text, ...values] = node.arguments;
			const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
			const where = `${path.relative(root, file)}:${line + 1}`;
			if (text === undefined || !ts.isStringLiteralLike(text)) {
				problems.push(`${where}: the text is not written out`);
			} else {
				const places = new Set([...text.text.matchAll(/\{(\d+)\}/g)].map(([, index]) => Number(index)));
				const isWhole = [...places].every((index) => index < values.length) && places.size === values.length;
				if (!isWhole && !values.some((value) => ts.isSpreadElement(value))) {
					problems.push(`${where}: ${places.size} places and ${values.length} values`);
				}
				texts.push(text.text);
			}
		}
		ts.forEachChild(node, visit);
	};
	visit(source);
	return texts;
}

function main(args) {
	const problems = [];
	const texts = rooms.flatMap(sourcesOf).flatMap((file) => textsOf(file, problems));
	const sorted = [...new Set(texts)].sort((a, b) => (a < b ? -1 : 1));
	const written = `${JSON.stringify(Object.fromEntries(sorted.map((text) => [text, text])), undefined, '\t')}\n`;
	if (args.includes('--check')) {
		if (!fs.existsSync(bundle) || fs.readFileSync(bundle, 'utf8') !== written) {
			problems.push(`${path.relative(root, bundle)} is not up to date: node bootstrap/l10n.cjs`);
		}
	} else {
		fs.mkdirSync(path.dirname(bundle), { recursive: true });
		fs.writeFileSync(bundle, written);
	}
	problems.forEach((problem) => console.error(problem));
	process.exitCode = problems.length > 0 ? 1 : 0;
}

main(process.argv.slice(2));
