import { VirtualError } from '../errors.ts';

/** Where a lab listens: a loopback port or a socket file. */
export type ListenAddress =
	{ readonly kind: 'tcp'; readonly host: string; readonly port: number } | { readonly kind: 'path'; readonly path: string };

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

/**
 * Reads `HOST:PORT`, `[::1]:PORT`, `PORT`, `/path.sock` or `UNIX:/path.sock`. Port 0 takes a free one.
 * The muxer protocol has no authentication, so only loopback addresses are taken.
 * @throws VirtualError `BAD_ADDRESS`
 */
export function parseListenAddress(text: string): ListenAddress {
	const path = /^UNIX:(.+)$/i.exec(text)?.[1] ?? (/[/\\]/.test(text) ? text : undefined);
	if (path !== undefined) {
		return { kind: 'path', path };
	}
	const match = /^(?:\[([^\]]+)\]:|([^:]+):)?(\d{1,5})$/.exec(text);
	const host = match?.[1] ?? match?.[2] ?? '127.0.0.1';
	const port = Number(match?.[3]);
	if (match === null || port > 65_535) {
		throw new VirtualError('BAD_ADDRESS', `“${text}” is no address to listen on: use 127.0.0.1:PORT or the path of a socket file.`, {
			details: { address: text },
		});
	}
	if (!LOOPBACK.test(host)) {
		throw new VirtualError(
			'BAD_ADDRESS',
			`A virtual lab listens on this computer only, not on ${host}: anybody who reaches it owns its devices.`,
			{ details: { address: text } },
		);
	}
	return { kind: 'tcp', host, port };
}

/** The address as clients take it in USBMUXD_SOCKET_ADDRESS. */
export function formatAddress(address: ListenAddress): string {
	if (address.kind === 'path') {
		return address.path;
	}
	return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}
