import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** What the tests in the extension host say to the process that started the editor: a line to print, or the counts at the end. */
export type HostReport = { readonly line: string } | { readonly counts: object };

/** The environment variable that tells the extension host the port of 127.0.0.1 to report to. The editor's own console carries other voices. */
export const REPORT_PORT = 'DEVICELAB_TEST_REPORT_PORT';

/** Hears reports until it is closed. */
export interface ReportListener {
	readonly port: number;
	close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. @param hear - called for each report, in order */
export function listenForReports(hear: (report: HostReport) => void): Promise<ReportListener> {
	const sockets = new Set<Socket>();
	const read: Promise<void>[] = [];
	const server = createServer((socket) => {
		sockets.add(socket);
		const lines = createInterface(socket);
		lines.on('line', (line) => hear(JSON.parse(line) as HostReport));
		read.push(new Promise((resolve) => lines.once('close', resolve)));
		// An editor that is killed resets its connection; what it had said was heard.
		socket.on('error', () => socket.destroy());
	});
	return new Promise((resolve, reject) => {
		server.once('error', reject);
		server.listen(0, '127.0.0.1', () =>
			resolve({
				port: (server.address() as AddressInfo).port,
				close: async () => {
					server.close();
					sockets.forEach((socket) => socket.end());
					await Promise.all(read);
				},
			}),
		);
	});
}
