import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const serverFile = path.resolve(import.meta.dirname, '../../../src/server/main.ts');

/** Writes one message of the language server protocol, framed by hand. */
function send(server: ChildProcessWithoutNullStreams, message: object): void {
	const body = JSON.stringify({ jsonrpc: '2.0', ...message });
	server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

/** Reads until a whole answer with this id has come. */
async function answerTo(server: ChildProcessWithoutNullStreams, id: number): Promise<unknown> {
	let received = '';
	for await (const chunk of server.stdout.iterator({ destroyOnReturn: false })) {
		received += String(chunk);
		const body = /Content-Length: (\d+)\r\n\r\n(.*)$/s.exec(received);
		if (body !== null && Buffer.byteLength(body[2] ?? '') === Number(body[1])) {
			const message = JSON.parse(body[2] ?? '') as { id: number; result: unknown };
			assert.equal(message.id, id);
			return message.result;
		}
	}
	throw new Error('the server closed its output');
}

describe('server process', () => {
	let server: ChildProcessWithoutNullStreams;
	beforeEach(() => {
		server = spawn(process.execPath, [serverFile, '--stdio'], { stdio: 'pipe' });
	});
	afterEach(() => {
		if (server.exitCode === null) {
			server.kill('SIGKILL');
		}
	});

	it('says what it is and ends with code 0 when it was asked to shut down', async () => {
		send(server, { id: 1, method: 'initialize', params: { processId: process.pid, rootUri: null, capabilities: {} } });
		const result = (await answerTo(server, 1)) as { serverInfo: unknown };
		assert.deepEqual(result.serverInfo, { name: 'ios-device-lab' });
		send(server, { id: 2, method: 'shutdown' });
		await answerTo(server, 2);
		send(server, { method: 'exit' });
		const [code] = (await once(server, 'exit')) as [number | null];
		assert.equal(code, 0);
	});

	it('ends with code 1 when it is told to exit without a shutdown', async () => {
		send(server, { method: 'exit' });
		const [code] = (await once(server, 'exit')) as [number | null];
		assert.equal(code, 1);
	});
});
