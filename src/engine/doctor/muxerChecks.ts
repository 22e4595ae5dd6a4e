import { errorText } from '../../base/index.ts';
import type { DoctorCheck } from '../../contract/index.ts';
import { formatMuxAddress, resolveMuxAddresses, type MuxAddress } from '../../device/index.ts';
import type { DoctorHost, MuxerSight } from './host.ts';
import { checkLinux } from './linuxChecks.ts';
import { checkWindows } from './windowsChecks.ts';

/** The muxers in use, and where it is this computer's own, what it takes to have one here. */
export async function checkMuxers(host: DoctorHost, asked: readonly string[]): Promise<DoctorCheck[]> {
	let addresses: MuxAddress[];
	try {
		addresses = resolveMuxAddresses(asked, host.environment);
	} catch (error) {
		return [
			{
				id: 'muxer',
				title: 'Connection to iPhones (usbmux)',
				status: 'missing',
				finding: errorText(error),
				remedy: asked.length > 0 ? 'Correct --usbmux.' : 'Correct USBMUXD_SOCKET_ADDRESS, or unset it.',
			},
		];
	}
	const configured = (host.environment['USBMUXD_SOCKET_ADDRESS'] ?? '') !== '';
	const isOwn = asked.length === 0 && !configured;
	const sights = await Promise.all(addresses.map((address) => host.askMuxer(address)));
	const checks = addresses.map((address, index) =>
		checkMuxer({
			id: index === 0 ? 'muxer' : `muxer-${index + 1}`,
			address,
			sight: sights[index] ?? { answers: false, reason: 'no answer', text: '' },
			source: asked.length > 0 ? '--usbmux' : configured ? 'USBMUXD_SOCKET_ADDRESS' : undefined,
			platform: host.platform,
		}),
	);
	if (!isOwn) {
		return checks;
	}
	const answers = sights[0]?.answers === true;
	if (host.platform === 'linux') {
		const linux = await checkLinux(host, answers);
		// Without a phone usbmuxd need not run; everything else that it needs is there then.
		const isIdle = linux.some((check) => check.id === 'usbmuxd-service' && check.status === 'warning');
		return [...(isIdle ? checks.map((check): DoctorCheck => ({ ...check, status: 'warning' })) : checks), ...linux];
	}
	return host.platform === 'win32' ? [...checks, ...(await checkWindows(host, answers))] : checks;
}

interface MuxerCase {
	readonly id: string;
	readonly address: MuxAddress;
	readonly sight: MuxerSight;
	/** Where the address was named; undefined for the system's own. */
	readonly source: string | undefined;
	readonly platform: NodeJS.Platform;
}

function checkMuxer({ id, address, sight, source, platform }: MuxerCase): DoctorCheck {
	const where = `${formatMuxAddress(address)}${source === undefined ? '' : ` (from ${source})`}`;
	const title = 'Connection to iPhones (usbmux)';
	if (sight.answers) {
		const devices = sight.devices === 0 ? 'no device is attached' : `${sight.devices} attached`;
		return { id, title, status: 'ok', finding: `The muxer at ${where} answers: ${devices}.` };
	}
	const denied = sight.reason === 'EACCES' || sight.reason === 'EPERM';
	return {
		id,
		title,
		status: 'missing',
		finding: denied ? `The socket ${where} is there, but this account may not use it.` : `No muxer answers at ${where} (${sight.reason}).`,
		remedy: source === undefined ? ownRemedy(platform, denied) : `Start what should listen there, or correct ${source}.`,
	};
}

function ownRemedy(platform: NodeJS.Platform, denied: boolean): string {
	if (platform === 'darwin') {
		return denied
			? 'Run the program outside of the sandbox that holds it.'
			: 'macOS has its muxer built in and starts it by itself. Restart the Mac; inside a container or a virtual machine, forward the socket of the Mac.';
	}
	if (platform === 'win32') {
		return 'Install “Apple Devices” from the Microsoft Store (or iTunes), and open it once with the phone plugged in.';
	}
	return denied
		? 'Make the socket accessible: it normally has the mode 0666. See who started usbmuxd, and how.'
		: 'The findings below say what is missing.';
}
