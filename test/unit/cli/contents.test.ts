import assert from 'node:assert/strict';
import type { ContentsHealth, ContentsItem, Coverage, StorageReport } from '../../../src/contract/index.ts';
import { healthLines, healthWords } from '../../../src/cli/healthText.ts';
import { styleFor } from '../../../src/cli/style.ts';
import { EngineError } from '../../../src/engine/index.ts';
import { device, fakeEngine, snapshot } from './fakeEngine.ts';
import { FakeIo } from './fakeIo.ts';

const storage: Coverage['storage'] = [
	{
		...{ id: 'com.acme.app', kind: 'app', name: 'Acme\u001b', installed: true, sizeBytes: 2e9, fileCount: 1200 },
		domains: [
			{ domain: 'AppDomain-com.acme.app', role: 'app', sizeBytes: 1e9, fileCount: 1000 },
			{ domain: 'AppDomainGroup-group.acme', role: 'group', sizeBytes: 7e8, fileCount: 150 },
			{ domain: 'AppDomainPlugin-com.acme.app.widget', role: 'plugin', sizeBytes: 3e8, fileCount: 50 },
		],
	},
	{ id: 'home', kind: 'system', installed: false, sizeBytes: 1000, fileCount: 3, domains: [] },
	{ id: 'com.other', kind: 'app', installed: false, sizeBytes: 10, fileCount: 1, domains: [] },
];

const coverage: Coverage = {
	encrypted: false,
	fileCount: 1204,
	sizeBytes: 3.1e9,
	missingFiles: 2,
	unreadableRows: 3,
	holdings: [
		{ kind: 'photos', state: 'held', count: 1210, change: 4, sizeBytes: 9e8 },
		{ kind: 'messages', state: 'held', count: 5, change: -2, sizeBytes: 0 },
		{ kind: 'calls', state: 'absent', count: 0, change: 0 },
		{ kind: 'notes', state: 'unreadable', count: 0 },
	],
	storage,
	omissions: [
		{ what: 'health', why: 'unencrypted' },
		{ what: 'icloud-photos', why: 'in-icloud', count: 1031 },
		{ what: 'apple-pay', why: 'never' },
	],
	parent: { id: 'f'.repeat(32), name: 'fresh', fileCount: 1000, sizeBytes: 3e9 },
};

describe('What a snapshot holds', () => {
	it('is counted, with what changed, the largest apps, and what is left out and why', async () => {
		const io = new FakeIo();
		const engine = fakeEngine({ coverage: () => coverage });
		assert.equal(await engine.run(io, 'coverage', 'Anna', 'clean', '--apps', '1'), 0);
		assert.deepEqual(io.stdout.split('\n'), [
			'Not encrypted: 3.1 GB in 1,204 files. Whoever has it can read it.',
			'Compared with its parent fresh.',
			'',
			'HOLDS     COUNT              SINCE PARENT  SIZE',
			'Photos    1,210              +4            900 MB',
			'Messages  5                  −2',
			'Calls     none',
			'Notes     cannot be counted',
			'',
			'APP                        SIZE    FILES  OF IT',
			'Acme\\u001b (com.acme.app)  2.0 GB  1,200  shared 700 MB, plug-ins 300 MB',
			'… and 2 more: 1.0 KB (devicelab storage lists all)',
			'',
			'Left out, because it is not encrypted:',
			'  Health and Activity',
			'Left out, because it is in iCloud:',
			'  photos and videos that are in iCloud only (1,031)',
			'No backup holds:',
			'  Apple Pay',
			'',
			'2 files that it names are not there.',
			'',
		]);
		assert.match(io.stderr, /3 rows of its manifest cannot be used/);
	});

	it('is said of an encrypted one, and of one whose parent cannot be read', async () => {
		const io = new FakeIo();
		const { parent: _, ...rest } = coverage;
		const parentProblem = { code: 'WRONG_PASSWORD', message: 'Another password.\u0007', details: {} };
		await fakeEngine({ coverage: () => ({ ...rest, encrypted: true, missingFiles: 0, parentProblem }) }).run(
			io,
			'coverage',
			'Anna',
			'clean',
		);
		assert.match(io.stdout, /^Encrypted: 3\.1 GB in 1,204 files\. Whoever has it needs its password\.\n\nHOLDS/);
		assert.match(io.stderr, /could not be compared with: Another password\.\\u0007/);
	});

	it('is asked for with the password: of the environment, or typed, and again when it was mistyped', async () => {
		const passwords: (string | undefined)[] = [];
		const engine = fakeEngine({
			coverage: ({ password }: { password?: string }) => {
				passwords.push(password);
				if (password !== 'right') {
					throw new EngineError(password === undefined ? 'PASSWORD_REQUIRED' : 'WRONG_PASSWORD', 'The password.');
				}
				return coverage;
			},
		});
		assert.equal(await engine.run(new FakeIo({ environment: { DEVICELAB_PASSWORD: 'right' } }), 'coverage', 'Anna', 'x'), 0);
		assert.equal(await engine.run(new FakeIo({ environment: { DEVICELAB_PASSWORD: 'wrong' } }), 'coverage', 'Anna', 'x'), 4);
		assert.equal(await engine.run(new FakeIo(), 'coverage', 'Anna', 'x'), 4);
		assert.equal(await engine.run(new FakeIo({ tty: true, answers: ['wrong\r', 'right\r'] }), 'coverage', 'Anna', 'x'), 0);
		assert.deepEqual(passwords, ['right', 'wrong', undefined, undefined, 'wrong', 'right']);
	});
});

describe('What apps take', () => {
	const report: StorageReport = { apps: storage, points: [{ snapshot: 'a', sizeBytes: 3e9 }], history: {}, problems: [] };

	it('is listed, largest first', async () => {
		const io = new FakeIo();
		await fakeEngine({ storage: () => report }).run(io, 'storage', 'Anna', 'clean');
		assert.match(io.stdout, /\nSettings and the system's apps +1\.0 KB +3\ncom\.other +10 bytes +1\n$/);
	});

	it('has a column for each snapshot of its history', async () => {
		const io = new FakeIo();
		const points = [
			{ snapshot: 'a', name: 'fresh', sizeBytes: 1e9 },
			{ snapshot: 'b', name: 'clean', sizeBytes: 3e9 },
		];
		const history = { 'com.acme.app': [0, 2e9], gone: [1e9, 0] };
		const problems = [{ code: 'WRONG_PASSWORD', message: 'Another password.', details: {} }];
		await fakeEngine({ storage: () => ({ ...report, points, history, problems }) }).run(io, 'storage', 'Anna', 'clean', '--history');
		assert.deepEqual(io.stdout.trimEnd().split('\n'), [
			'APP                        fresh   clean',
			'Acme\\u001b (com.acme.app)  -       2.0 GB',
			'gone                       1.0 GB  -',
			'All                        1.0 GB  3.0 GB',
		]);
		assert.match(io.stderr, /left out: Another password/);
	});
});

describe('Files in a snapshot', () => {
	const item = (differs: Partial<ContentsItem>): ContentsItem => ({
		domain: 'HomeDomain',
		path: '',
		kind: 'folder',
		mode: 0,
		protectionClass: 0,
		...differs,
	});
	const items = [
		item({ domain: 'AppDomain-com.acme.app', appName: 'Acme\u001b' }),
		item({ path: 'a\u0007.db', kind: 'file', mode: 0o100644, sizeBytes: 12 }),
		item({ path: 'gone', kind: 'file', mode: 0o100600 }),
		item({ path: 'link', kind: 'link', mode: 0o120755, target: '/x\u001b' }),
	];

	it('are listed so that a place can be typed again, and nothing in a name is obeyed', async () => {
		const io = new FakeIo();
		await fakeEngine({ list: () => ({ items, itemCount: 6 }) }).run(io, 'ls', 'Anna', 'clean');
		assert.deepEqual(io.stdout.split('\n'), [
			'AppDomain-com.acme.app/  (Acme\\u001b)',
			'HomeDomain/a\\u0007.db',
			'HomeDomain/gone',
			'HomeDomain/link',
			'',
		]);
		assert.match(io.stderr, /and more: 2 \(--limit 6 lists all\)/);
		const long = new FakeIo();
		await fakeEngine({ find: () => ({ items, itemCount: 4 }) }).run(long, 'ls', 'Anna', 'clean', '**/*', '-l');
		assert.deepEqual(long.stdout.trimEnd().split('\n'), [
			'MODE        SIZE      PLACE',
			'd---------            AppDomain-com.acme.app/  (Acme\\u001b)',
			'-rw-r--r--  12 bytes  HomeDomain/a\\u0007.db',
			'-rw-------  missing   HomeDomain/gone',
			'lrwxr-xr-x            HomeDomain/link -> /x\\u001b',
		]);
	});
});

describe('Whether a backup can be restored', () => {
	const style = styleFor(new FakeIo().out, {}, false);
	const health = (differs: Partial<ContentsHealth>): ContentsHealth => ({
		...{ restorable: true, faults: [], warnings: [] },
		counts: { files: 1204, folders: 10, symlinks: 1, contentBytes: 3.1e9 },
		...differs,
	});
	const fault = (kind: string, count = 1, examples: ContentsHealth['faults'][number]['examples'] = []) => ({ kind, count, examples });

	it('is said with its reasons', () => {
		assert.deepEqual(healthLines(health({}), style), ['Restorable: 1,204 files, 3.1 GB, all there.']);
		const { restorable: _, ...unknown } = health({});
		assert.match(healthLines(unknown, style)[0] ?? '', /^Not known: it is encrypted/);
		const faults = [
			fault(
				'missing-files',
				5,
				['a', 'b', 'c', 'd', 'e\u001b'].map((relativePath) => ({ domain: 'HomeDomain', relativePath })),
			),
			fault('newer-than-target', 1, [{ reason: '18.1' }]),
			fault('supervision-differs', 1, [{ reason: 'supervised' }]),
			fault('of-the-future', 7),
		];
		const warnings = [fault('sizes-differ', 9), fault('extra-files', 2)];
		assert.deepEqual(healthLines(health({ restorable: false, faults, warnings }), style), [
			'Not restorable: 5 files that it names are not there; it is of iOS 18.1, newer than that of the device; ' +
				'it is of a supervised device, and the device is not supervised; of-the-future (7).',
			'  HomeDomain/a',
			'  HomeDomain/b',
			'  HomeDomain/c',
			'  … and 2 more',
			'  2 files that its list does not name',
		]);
		assert.equal(healthWords(health({ restorable: false, faults: [fault('unfinished')] })), 'the device never finished it');
	});

	it('has words for each reason', () => {
		const kinds = [
			'not-a-backup',
			'unfinished',
			'old-format',
			'damaged-control-file',
			'damaged-manifest',
			'encryption-mismatch',
			'missing-files',
		];
		const more = ['bad-lengths', 'bad-contents', 'missing-keys', 'unsafe-rows', 'newer-than-target', 'supervision-differs'];
		for (const kind of [...kinds, ...more]) {
			const words = healthWords(health({ restorable: false, faults: [fault(kind)] }));
			assert.ok(!words.includes(kind) && words.includes(' '), words);
		}
	});

	it('is judged for a snapshot, and for the device that it is meant for', async () => {
		const asked: unknown[] = [];
		const engine = fakeEngine({
			show: () => snapshot({ encrypted: true }),
			health: ({ signal: _, ...request }: Record<string, unknown>) => {
				asked.push(request);
				return health({});
			},
		});
		const place = { device: device().udid, snapshot: snapshot().id };
		const io = new FakeIo({ environment: { DEVICELAB_PASSWORD: 'x' } });
		assert.equal(await engine.run(io, 'show', 'Anna', 'clean', '--onto', 'Anna', '--json'), 0);
		assert.equal((io.document['health'] as ContentsHealth).restorable, true);
		const text = new FakeIo();
		await engine.run(text, 'show', 'Anna', 'clean', '--check');
		assert.match(text.stdout, /\n\nRestorable: 1,204 files/);
		assert.deepEqual(asked, [
			{ place, password: 'x', target: device() },
			{ place, password: undefined },
		]);
		await engine.run(new FakeIo(), 'show', 'Anna', 'clean');
		assert.equal(asked.length, 2, 'nothing is judged unasked');
	});

	it('is judged for each of the backups of other programs', async () => {
		const backup = (path: string, encrypted: boolean) => ({ path, deviceName: path.slice(1), encrypted, finished: true });
		const engine = fakeEngine({
			findLocalBackups: () => ({ backups: [backup('/a', false), backup('/b', true), backup('/c', true)], places: ['/'], problems: [] }),
			health: ({ place, password }: { place: { folder: string }; password?: string }) => {
				if (place.folder === '/c' && password !== undefined) {
					throw new EngineError('WRONG_PASSWORD', 'Another one.');
				}
				const { restorable: _, ...unknown } = health({});
				return place.folder === '/a'
					? health({ restorable: false, faults: [fault('missing-files', 2)] })
					: password === undefined
						? unknown
						: health({});
			},
		});
		const io = new FakeIo({ environment: { DEVICELAB_PASSWORD: 'x' } });
		assert.equal(await engine.run(io, 'backups', '--check'), 0);
		assert.deepEqual(io.stdout.trimEnd().split('\n'), [
			'DEVICE  STATE                                      FOLDER',
			'a       2 files that it names are not there        /a',
			'b       restorable, encrypted                      /b',
			'c       not known without its password, encrypted  /c',
		]);
	});

	it('is judged for the others when one of them cannot be looked at', async () => {
		const backup = (path: string) => ({ path, deviceName: path.slice(1), encrypted: false, finished: true });
		const engine = fakeEngine({
			findLocalBackups: () => ({ backups: [backup('/a'), backup('/b')], places: ['/'], problems: [] }),
			health: ({ place }: { place: { folder: string } }) => {
				if (place.folder === '/a') {
					throw new EngineError('BACKUP_DAMAGED', 'It is broken.');
				}
				return health({});
			},
		});
		const io = new FakeIo();
		assert.equal(await engine.run(io, 'backups', '--check'), 0);
		assert.deepEqual(io.stdout.trimEnd().split('\n'), ['DEVICE  STATE       FOLDER', 'a       finished    /a', 'b       restorable  /b']);
		assert.match(io.stderr, /\/a: It is broken\./);
	});

	it('has words for one and for many', () => {
		const words = (kind: string, count: number): string => healthWords(health({ restorable: false, faults: [fault(kind, count)] }));
		assert.equal(words('missing-keys', 1), '1 file has no key that opens it');
		assert.equal(words('missing-keys', 2), '2 files have no key that opens them');
		assert.equal(words('bad-contents', 1), '1 file differs from what the device sent');
		assert.equal(words('bad-lengths', 1), '1 file cannot be decrypted: its length is impossible');
	});
});
