import { parentPort, workerData } from 'node:worker_threads';
import { reportError } from '../errors.ts';
import { ContentsService } from './contentsService.ts';
import type { ContentsMethod, FromContentsWorker, ToContentsWorker } from './protocol.ts';

/** Portions that may be on their way before the reader has asked for more. */
const PORTIONS_AHEAD = 4;

serve();

function serve(): void {
	const port = parentPort;
	if (port === null) {
		throw new Error('This file runs as a worker.');
	}
	const service = new ContentsService((workerData as { tempFolder: string }).tempFolder);
	const running = new Map<number, { controller: AbortController; credit: number; wake: () => void }>();
	const tell = (message: FromContentsWorker, handedOver: readonly ArrayBuffer[] = []): void => port.postMessage(message, handedOver);

	port.on('message', (message: ToContentsWorker) => {
		switch (message.ask) {
			case 'cancel':
				running.get(message.id)?.controller.abort();
				running.get(message.id)?.wake();
				break;
			case 'more': {
				const request = running.get(message.id);
				if (request !== undefined) {
					request.credit++;
					request.wake();
				}
				break;
			}
			case 'end':
				running.forEach(({ controller, wake }) => {
					controller.abort();
					wake();
				});
				void service.close().finally(() => port.close());
				break;
			default:
				void answer(message.id, message.ask, message.order);
		}
	});

	async function answer(id: number, ask: ContentsMethod | 'read', order: unknown): Promise<void> {
		const controller = new AbortController();
		const request = { controller, credit: PORTIONS_AHEAD, wake: (): void => undefined };
		running.set(id, request);
		const context = {
			signal: controller.signal,
			onProgress: (files: number, bytes: number): void => tell({ id, tell: 'progress', files, bytes }),
		};
		try {
			if (ask === 'read') {
				for await (const bytes of service.read(order as Parameters<typeof service.read>[0], context)) {
					while (request.credit <= 0 && !controller.signal.aborted) {
						await new Promise<void>((resolve) => (request.wake = resolve));
					}
					controller.signal.throwIfAborted();
					request.credit--;
					// A copy of its own can be handed over instead of being copied twice more; the original may be kept in a cache.
					const own = new Uint8Array(bytes);
					tell({ id, tell: 'portion', bytes: own }, [own.buffer]);
				}
				tell({ id, tell: 'result', result: undefined });
			} else {
				// The order was made by the client that started this worker, from the same types.
				const work = service[ask].bind(service) as (order: unknown, given: typeof context) => Promise<unknown>;
				tell({ id, tell: 'result', result: await work(order, context) });
			}
		} catch (error) {
			const { code, message, details } = reportError(error);
			tell({ id, tell: 'failure', failure: { code, message, details: plain(details) } });
		} finally {
			running.delete(id);
		}
	}
}

/** Details are told in JSON; what is none of it stays here. */
function plain(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
	return JSON.parse(JSON.stringify(details)) as Record<string, unknown>;
}
