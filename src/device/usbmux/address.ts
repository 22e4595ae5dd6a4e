import { DeviceError } from '../errors.ts';

/** Where a muxer listens. */
export type MuxAddress =
	{ readonly kind: 'unix'; readonly path: string } | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** Where this system's own muxer listens: Apple's on macOS and Windows, usbmuxd on Linux. */
export function defaultMuxAddress(platform: NodeJS.Platform = process.platform): MuxAddress {
	return platform === 'win32' || platform === 'cygwin'
		? { kind: 'tcp', host: '127.0.0.1', port: 27015 }
		: { kind: 'unix', path: '/var/run/usbmuxd' };
}

/**
 * Reads an address in every form that clients of `USBMUXD_SOCKET_ADDRESS` know: `UNIX:/path`, `/path`, `host:port`, `[v6]:port`.
 * @throws DeviceError `MUX_UNAVAILABLE` - the text is none of them.
 */
export function parseMuxAddress(text: string): MuxAddress {
	const unix = /^unix:(.+)$/i.exec(text)?.[1] ?? (text.startsWith('/') ? text : undefined);
	if (unix !== undefined) {
		return { kind: 'unix', path: unix };
	}
	const tcp = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
	const host = tcp?.[1] ?? tcp?.[2];
	const port = Number(tcp?.[3]);
	if (host === undefined || !(port > 0 && port < 65536)) {
		throw new DeviceError('MUX_UNAVAILABLE', `"${text}" is no address of a muxer: write host:port or the path of its socket.`, {
			details: { address: text },
		});
	}
	return { kind: 'tcp', host, port };
}

/** The address as people and `USBMUXD_SOCKET_ADDRESS` write it. */
export function formatMuxAddress(address: MuxAddress): string {
	if (address.kind === 'unix') {
		return address.path;
	}
	return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}

/** Which muxers to use: those asked for, else `USBMUXD_SOCKET_ADDRESS`, else this system's own. */
export function resolveMuxAddresses(
	asked: readonly string[],
	environment: Readonly<Record<string, string | undefined>> = process.env,
): MuxAddress[] {
	if (asked.length > 0) {
		return asked.map(parseMuxAddress);
	}
	const configured = environment['USBMUXD_SOCKET_ADDRESS'];
	return [configured === undefined || configured === '' ? defaultMuxAddress() : parseMuxAddress(configured)];
}
