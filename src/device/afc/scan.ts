import { DeviceError } from '../errors.ts';
import type { AfcClient } from './client.ts';
import { isAfcDenied, isAfcNotFound } from './errors.ts';
import { joinAfcPath, type AfcEntry, type AfcWalkOptions } from './walk.ts';

/** Measured: on one connection more questions at a time make nothing faster, fewer leave the device waiting. */
const maxQuestionsUnderWay = 128;

/** Longer paths exist on no device; the bound ends a scan of a tree without end. */
const maxPathLength = 4096;

/** No container has so many files; the bound keeps a device from filling the memory. */
const maxEntries = 2_000_000;

export interface AfcScanOptions extends AfcWalkOptions {
	/** Whether something, and all below it, is left out unasked. */
	readonly skips?: (path: string) => boolean;
}

/**
 * Everything below a folder, in no particular order, with as many questions under way as the connection has use for: several times as fast as
 * `walk`, which keeps the order. Links are told, not followed. What vanishes meanwhile is left out. Throws as AfcClient does.
 */
export async function scanTree(client: AfcClient, folder: string, options: AfcScanOptions = {}): Promise<AfcEntry[]> {
	const entries: AfcEntry[] = [];
	const questions: (() => Promise<void>)[] = [];
	const guarded = (path: string, ask: () => Promise<void>) => async (): Promise<void> => {
		try {
			await ask();
		} catch (error) {
			if (isAfcDenied(error)) {
				options.onDenied?.(path);
			} else if (!isAfcNotFound(error)) {
				throw error;
			}
		}
	};
	const list = (path: string) => async (): Promise<void> => {
		for (const name of await client.list(path, options)) {
			const inside = joinAfcPath(path, name);
			if (inside.length > maxPathLength || entries.length + questions.length > maxEntries) {
				client.close();
				throw new DeviceError('PROTOCOL_VIOLATION', 'The device shows folders without end.', { details: { pathLength: inside.length } });
			}
			if (options.skips?.(inside) !== true) {
				questions.push(guarded(inside, describe(inside)));
			}
		}
	};
	const describe = (path: string) => async (): Promise<void> => {
		const info = await client.info(path, options);
		entries.push({ path, info });
		if (info.kind === 'directory') {
			questions.push(guarded(path, list(path)));
		}
	};
	await list(folder)();
	await runBounded(questions);
	return entries;
}

/** Runs what is in the queue and what joins it meanwhile; the newest first, so that the queue stays short. */
async function runBounded(questions: (() => Promise<void>)[]): Promise<void> {
	let underWay = 0;
	await new Promise<void>((resolve, reject) => {
		let hasFailed = false;
		const startMore = (): void => {
			while (!hasFailed && underWay < maxQuestionsUnderWay) {
				const question = questions.pop();
				if (question === undefined) {
					break;
				}
				underWay++;
				question().then(
					() => {
						underWay--;
						startMore();
					},
					(error: unknown) => {
						hasFailed = true;
						reject(error instanceof Error ? error : new Error(String(error)));
					},
				);
			}
			if (underWay === 0 && questions.length === 0) {
				resolve();
			}
		};
		startMore();
	});
}
