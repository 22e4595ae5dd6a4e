import * as fs from 'node:fs';
import { hostname } from 'node:os';

/** This process and its host, as leases name them. Injected, so that tests can be several. */
export interface ProcessFacts {
	readonly host: string;
	readonly process: number;
	readonly processStart: string | undefined;
	/** Whether a process of this host still runs. A start that is not known matches any. */
	isAlive(process: number, processStart: string | undefined): boolean;
}

export function currentProcess(): ProcessFacts {
	return { host: hostname(), process: process.pid, processStart: startOf(process.pid), isAlive };
}

function isAlive(id: number, start: string | undefined): boolean {
	try {
		process.kill(id, 0);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EPERM') {
			return false;
		}
	}
	const now = startOf(id);
	return start === undefined || now === undefined || start === now;
}

/** Boot and start of a process where the system tells it for nothing, as Linux does: process numbers are used again. */
function startOf(id: number): string | undefined {
	if (process.platform !== 'linux') {
		return undefined;
	}
	try {
		const stat = fs.readFileSync(`/proc/${id}/stat`, 'latin1');
		// The name in parentheses may hold blanks; the start is the 20th field behind it.
		const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
		return `${fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}:${start}`;
	} catch {
		// No such process any more, or a system that hides them: then the number alone has to do.
		return undefined;
	}
}
