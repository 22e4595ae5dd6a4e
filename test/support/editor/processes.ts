import { runCommand } from './command.ts';

const MiB = 1024 * 1024;

/** A process of the editor. */
export interface EditorProcess {
	readonly pid: number;
	readonly parent: number;
	/** What it holds in memory now, shared libraries included. */
	readonly residentMiB: number;
}

/** The processes of an editor whose command line has a text in it, such as `dist/server.js`, or that are named by their pid. */
export async function editorProcesses(home: string, which: string | number): Promise<EditorProcess[]> {
	const lines = (await runCommand('ps', ['-Ao', 'pid=,ppid=,rss=,args='], { env: process.env })).split('\n');
	return lines.flatMap((line) => {
		const [, pid, parent, rss, args] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
		const isMeant = typeof which === 'number' ? Number(pid) === which : args?.includes(home) === true && args.includes(which);
		return isMeant ? [{ pid: Number(pid), parent: Number(parent), residentMiB: Math.round((Number(rss) * 1024) / MiB) }] : [];
	});
}
