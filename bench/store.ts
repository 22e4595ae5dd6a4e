import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { MiB } from '../src/base/index.ts';
import { measure, median, outputOf, spaceOf, type Measurement, type Run } from './store/measure.ts';
import { toolsWith, type Tool, type ToolPlaces } from './store/tools.ts';
import { BackupTree, type Churn, type TreeSize } from './store/tree.ts';

/**
 * Programs that keep states of a folder, on the same tree in the same run: whole processes, interleaved, medians and their ratios.
 *
 * `npm run bench:store [-- --full] [--files N --megabytes N] [--snapshots N] [--runs N] [--churn 0.02] [--tools restic,borg] [--seed TEXT]`
 *
 * Each run starts with empty stores and the same tree: a first snapshot, churn, a second one. The last run goes on to `--snapshots` of them, then
 * measures verification, a whole restore (compared with the tree once) and the difference of two snapshots `--runs` times each. Needs Debian's
 * restic, borgbackup and rsync, or as many of them as there are.
 */
interface Plan {
	readonly size: TreeSize;
	readonly snapshots: number;
	readonly runs: number;
	readonly churn: number;
	readonly seed: string;
}

interface Contender {
	readonly tool: Tool;
	readonly places: ToolPlaces;
}

/** The work that is measured, in the order of the report. */
const WRITING = ['first snapshot', 'second snapshot', 'sealing the second', 'later snapshots'] as const;
const READING = ['verify all data', 'restore all', 'diff of neighbours', 'diff of ends'] as const;
type Work = (typeof WRITING)[number] | (typeof READING)[number];
type Results = Map<Work, Map<Tool, Measurement[]>>;

const CHANGES = 'changes.json';

async function main(): Promise<void> {
	const full = process.argv.includes('--full');
	const plan: Plan = {
		size: { files: number('--files', full ? 100_000 : 20_000), bytes: number('--megabytes', full ? 1050 : 250) * 1e6 },
		snapshots: Math.max(2, number('--snapshots', 20)),
		runs: Math.max(1, number('--runs', 3)),
		churn: number('--churn', 0.02),
		seed: option('--seed') ?? 'bench',
	};
	console.log(`${cpus().length} processors, Node ${process.version}, ${plan.runs} runs, interleaved; medians`);
	const folder = mkdtempSync(path.join(tmpdir(), 'devicelab-bench-'));
	try {
		const program = path.join(folder, 'storeProgram.js');
		const engine = path.join(import.meta.dirname, '../src/engine');
		await build({
			entryPoints: {
				storeProgram: path.join(import.meta.dirname, 'storeProgram.ts'),
				storeWorker: path.join(engine, 'store/worker.ts'),
				folderWorker: path.join(engine, 'folder/worker.ts'),
				checkWorker: path.join(engine, 'store/checkWorker.ts'),
			},
			outdir: folder,
			bundle: true,
			platform: 'node',
			format: 'cjs',
			target: 'node22',
			// As esbuild.js has it.
			alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
			logLevel: 'error',
		});
		await compete(await installed(toolsWith(program), option('--tools')?.split(',')), plan, folder);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

async function compete(tools: readonly Tool[], plan: Plan, folder: string): Promise<void> {
	const results: Results = new Map();
	for (let run = 1; run <= plan.runs; run++) {
		const base = path.join(folder, `run${run}`);
		const treeFolder = path.join(base, 'tree');
		mkdirSync(treeFolder, { recursive: true });
		const tree = new BackupTree(treeFolder, plan.size, plan.seed);
		if (run === 1) {
			const { files, bytes } = tree.measure();
			console.log(`${files} files, ${(bytes / 1e6).toFixed(0)} MB`);
		}
		const contenders = tools.map((tool): Contender => ({ tool, places: placesOf(base, treeFolder, tool) }));
		for (const { tool, places } of contenders) {
			mkdirSync(places.home, { recursive: true });
			for (const each of tool.create(places)) {
				await measure(each);
			}
		}
		await snapshotAll(contenders, 1, 'first snapshot', results);
		const spaceOfFirst = await spaces(contenders);
		const churn = change(tree, plan, base);
		if (run === 1) {
			const { written, removed, rowsChanged } = churn;
			console.log(
				`between snapshots ${written.length} files are written, ${removed.length} removed; in databases ${rowsChanged} rows change\n`,
			);
		}
		await snapshotAll(contenders, 2, 'second snapshot', results);
		if (run === plan.runs) {
			for (let taken = 3; taken <= plan.snapshots; taken++) {
				change(tree, plan, base);
				await snapshotAll(contenders, taken, 'later snapshots', results);
			}
			report(tools, results, WRITING);
			reportSpace(tools, spaceOfFirst, await spaces(contenders), plan.snapshots);
			await readAll(contenders, plan, base, results);
			report(tools, results, READING);
		}
		rmSync(base, { recursive: true, force: true });
	}
}

function change(tree: BackupTree, plan: Plan, base: string): Churn {
	const churn = tree.churn(plan.churn);
	writeFileSync(path.join(base, CHANGES), JSON.stringify(churn));
	return churn;
}

async function snapshotAll(contenders: readonly Contender[], snapshotNumber: number, work: Work, results: Results): Promise<void> {
	for (const { tool, places } of rotated(contenders, snapshotNumber)) {
		const measured = await note(results, work, tool, tool.snapshot(places, snapshotNumber));
		const sealSeconds = await tool.sealed?.(places, snapshotNumber);
		if (measured !== undefined && work === 'second snapshot') {
			// The others do all their work when the content is there: for them it is the whole snapshot.
			add(results, 'sealing the second', tool, { ...measured, seconds: sealSeconds ?? measured.seconds });
		}
	}
}

async function readAll(contenders: readonly Contender[], plan: Plan, base: string, results: Results): Promise<void> {
	for (let run = 0; run < plan.runs; run++) {
		for (const { tool, places } of rotated(contenders, run)) {
			await note(results, 'verify all data', tool, tool.verify?.(places));
		}
		for (const { tool, places } of rotated(contenders, run)) {
			const into = path.join(base, 'restored');
			mkdirSync(into);
			await note(results, 'restore all', tool, tool.restore(places, plan.snapshots, into));
			if (run === 0 && tool.servesOnly !== true) {
				await outputOf({ command: ['diff', '--recursive', '--brief', places.tree, tool.restored?.(into) ?? into] });
			}
			rmSync(into, { recursive: true });
		}
		for (const { tool, places } of rotated(contenders, run)) {
			await note(results, 'diff of neighbours', tool, tool.diff?.(places, plan.snapshots - 1, plan.snapshots));
			await note(results, 'diff of ends', tool, tool.diff?.(places, 1, plan.snapshots));
		}
	}
}

/** Measures a run, where the tool can do the work at all. */
async function note(results: Results, work: Work, tool: Tool, run: Run | undefined): Promise<Measurement | undefined> {
	if (run === undefined) {
		return undefined;
	}
	const measured = await measure(run);
	add(results, work, tool, measured);
	return measured;
}

function add(results: Results, work: Work, tool: Tool, measured: Measurement): void {
	const ofWork = results.get(work) ?? new Map<Tool, Measurement[]>();
	results.set(work, ofWork.set(tool, [...(ofWork.get(tool) ?? []), measured]));
}

/** Ratios are to the first tool, of runs that were neighbours in time: then their median. */
function report(tools: readonly Tool[], results: Results, works: readonly Work[]): void {
	const [first] = tools;
	for (const work of works) {
		const ofWork = results.get(work);
		if (ofWork === undefined || first === undefined) {
			continue;
		}
		console.log(work);
		const base = ofWork.get(first);
		for (const [tool, measured] of [...ofWork].sort(([a], [b]) => tools.indexOf(a) - tools.indexOf(b))) {
			const seconds = median(measured.map((each) => each.seconds));
			const ratio = base === undefined ? NaN : median(measured.map((each, index) => each.seconds / (base[index]?.seconds ?? NaN)));
			const peak = Math.max(...measured.map((each) => each.peakMiB));
			console.log(
				`  ${tool.name.padEnd(20)} ${seconds.toFixed(2).padStart(7)} s   ${ratio.toFixed(2).padStart(6)} × ${first.name}   peak ${peak.toFixed(0).padStart(4)} MiB`,
			);
		}
	}
}

function reportSpace(tools: readonly Tool[], first: ReadonlyMap<Tool, number>, all: ReadonlyMap<Tool, number>, snapshots: number): void {
	console.log(`space on disk of 1 and of ${snapshots} snapshots`);
	const [reference] = tools;
	for (const tool of tools) {
		const [one = NaN, many = NaN] = [first.get(tool), all.get(tool)];
		const ratio = many / ((reference === undefined ? undefined : all.get(reference)) ?? NaN);
		console.log(
			`  ${tool.name.padEnd(20)} ${(one / MiB).toFixed(1).padStart(7)} MiB ${(many / MiB).toFixed(1).padStart(7)} MiB   ${ratio.toFixed(3).padStart(6)} × ${reference?.name ?? ''}`,
		);
	}
}

async function spaces(contenders: readonly Contender[]): Promise<Map<Tool, number>> {
	const found = new Map<Tool, number>();
	for (const { tool, places } of contenders) {
		found.set(tool, await spaceOf(places.store));
	}
	return found;
}

function placesOf(base: string, tree: string, tool: Tool): ToolPlaces {
	const own = path.join(base, tool.name.replace(/\W+/g, '-'));
	return { tree, store: path.join(own, 'store'), home: path.join(own, 'home'), changes: path.join(base, CHANGES), ids: [] };
}

/** The tools that are here, of those that are wanted; says which are not. */
async function installed(tools: readonly Tool[], wanted: readonly string[] | undefined): Promise<Tool[]> {
	const found: Tool[] = [];
	for (const tool of tools.filter(({ name }) => wanted === undefined || wanted.some((each) => name.startsWith(each)))) {
		try {
			console.log((await outputOf({ command: tool.version })).split('\n')[0]);
			found.push(tool);
		} catch {
			// Not installed: the others can still be compared.
			console.log(`${tool.name}: not installed`);
		}
	}
	if (found.length === 0) {
		throw new Error('None of the programs is installed: there is nobody to compare with.');
	}
	return found;
}

/** Another tool begins each time, so that none always runs behind the same one. */
function rotated<T>(values: readonly T[], by: number): T[] {
	const start = by % values.length;
	return [...values.slice(start), ...values.slice(0, start)];
}

function number(name: string, otherwise: number): number {
	const value = Number(option(name) ?? otherwise);
	if (!(value > 0)) {
		throw new Error(`${name} takes a number above 0.`);
	}
	return value;
}

function option(name: string): string | undefined {
	const index = process.argv.indexOf(name);
	return index < 0 ? undefined : process.argv[index + 1];
}

await main();
