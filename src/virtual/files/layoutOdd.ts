import type { TreeBuilder } from './builder.ts';

/** Names that a phone may hold and a computer may choke on. A backup stores files under hashes, so only exports and listings meet them. */
export function buildOddNames(builder: TreeBuilder, bundleId: string): void {
	const domain = `AppDomain-${bundleId}`;
	ODD_NAMES.forEach((name, index) => builder.generated(domain, `Documents/Odd Names/${name}`, 'text', 100 + index * 37));
	builder.generated(domain, `Documents/Long/${'very long folder name/'.repeat(36)}end.txt`, 'text', 64);
	builder.generated(domain, `Documents/Long/${'n'.repeat(251)}.txt`, 'text', 65);
	builder.generated(domain, 'Documents/Zero/empty.dat', 'binary', 0);
	builder.generated(domain, 'Documents/Zero/also empty.txt', 'text', 0, { protectionClass: 1 });
	builder.generated(domain, 'Documents/Edges/16.bin', 'binary', 16);
	builder.generated(domain, 'Documents/Edges/one.bin', 'binary', 1);
	builder.generated(domain, 'Documents/Edges/block.bin', 'binary', 256 * 1024);
	builder.generated(domain, 'Documents/Edges/block and one.bin', 'binary', 256 * 1024 + 1);
	builder.generated(domain, 'Documents/Edges/tool', 'binary', 512, { permissions: 0o755 });
	builder.generated(domain, 'Documents/Edges/read only.txt', 'text', 33, {
		permissions: 0o444,
		attributes: { 'com.example.empty': new Uint8Array(0) },
	});
	builder.folder(domain, 'Documents/Empty Folder');
	builder.folder(domain, 'Documents/Empty Folder/inside/deeper');
	builder.link(domain, 'Documents/Link to item', 'Edges/16.bin');
	builder.link(domain, 'Documents/Link to nothing', '../../../gone/Zürich 🚲');
	builder.link(domain, 'Documents/Link to root', '/');
}

const ODD_NAMES = [
	'readme.txt',
	'README.TXT',
	'Readme.txt',
	'Caf\u00e9.txt',
	'Cafe\u0301.txt',
	'Notes: draft 2.txt',
	'trailing dot.',
	'trailing space ',
	' leading space',
	'🎉 party 🎂.heic',
	'two\nlines.txt',
	'tab\tbed.txt',
	'back\\slash.txt',
	'CON',
	'aux.txt',
	'"quoted" \'name\'.txt',
	'a*b?c<d>e|f.txt',
	'-rf',
	'%2e%2e',
	'...',
	'日本語のファイル.txt',
	'עברית.txt',
	'\u202egnp.exe',
	'.hidden',
];
