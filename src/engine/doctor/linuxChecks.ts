import type { DoctorCheck } from '../../contract/index.ts';
import type { DoctorHost } from './host.ts';

const UDEV_RULES = ['/usr/lib/udev/rules.d/39-usbmuxd.rules', '/lib/udev/rules.d/39-usbmuxd.rules', '/etc/udev/rules.d/39-usbmuxd.rules'];
const UNITS = ['/usr/lib/systemd/system/usbmuxd.service', '/lib/systemd/system/usbmuxd.service', '/etc/systemd/system/usbmuxd.service'];

const INSTALL =
	'Debian, Ubuntu: sudo apt install usbmuxd\nFedora: sudo dnf install usbmuxd\nArch: sudo pacman -S usbmuxd\nThen plug the phone in again.';

/** What usbmuxd needs on Linux: the program, whoever starts it, and the rule that tells it of a phone. */
export async function checkLinux(host: DoctorHost, muxerAnswers: boolean): Promise<DoctorCheck[]> {
	const program = await host.findProgram('usbmuxd');
	const virtualised = await whereItRuns(host);
	if (program === undefined) {
		// Some other program may be serving the socket, and well.
		return [
			{
				id: 'usbmuxd',
				title: 'usbmuxd',
				status: muxerAnswers ? 'ok' : 'missing',
				finding: muxerAnswers ? 'Not installed, but something else serves its socket.' : 'Not installed.',
				...(muxerAnswers ? {} : { remedy: virtualised?.remedy === undefined ? INSTALL : `${INSTALL}\n${virtualised.remedy}` }),
			},
		];
	}
	const version = /\d+(?:\.\d+)+/.exec((await host.output(program, ['--version'])) ?? '')?.[0];
	const checks: DoctorCheck[] = [
		{
			id: 'usbmuxd',
			title: 'usbmuxd',
			status: 'ok',
			finding: `${program}${version === undefined ? '' : `, version ${version}`}. It serves USB; Wi-Fi needs another muxer.`,
		},
	];
	const rule = await checkRule(host, muxerAnswers);
	if (!muxerAnswers) {
		checks.push(await checkService(host, rule.status === 'ok' && virtualised === undefined));
	}
	checks.push(rule);
	return virtualised === undefined ? checks : [...checks, virtualised.check];
}

/** @param startsItself - all is there that starts usbmuxd when a phone is plugged in: until then it need not run. */
async function checkService(host: DoctorHost, startsItself: boolean): Promise<DoctorCheck> {
	const identity = { id: 'usbmuxd-service', title: 'usbmuxd service' };
	const hasUnit = await anyThere(host, UNITS);
	const hasSystemd = (await host.look('/run/systemd/system')) === 'there';
	if ((await host.isRunning('usbmuxd')) === true) {
		const remedy = hasSystemd ? 'sudo systemctl restart usbmuxd' : 'End it and start it again.';
		return { ...identity, status: 'missing', finding: 'It runs, but does not answer at its socket.', remedy };
	}
	const start = hasUnit && hasSystemd ? 'sudo systemctl start usbmuxd' : 'sudo usbmuxd --foreground --user usbmux';
	return {
		...identity,
		status: startsItself && hasUnit && hasSystemd ? 'warning' : 'missing',
		finding: 'It does not run. It is started when a phone is plugged in, and ends when the last one is gone.',
		remedy: `Plug the phone in and look again. If that does not start it: ${start}`,
	};
}

async function checkRule(host: DoctorHost, muxerAnswers: boolean): Promise<DoctorCheck> {
	const found = await anyThere(host, UDEV_RULES);
	return {
		id: 'udev',
		title: 'udev rule for phones',
		status: found ? 'ok' : muxerAnswers ? 'warning' : 'missing',
		finding: found
			? '39-usbmuxd.rules is there.'
			: 'There is no 39-usbmuxd.rules: nothing starts usbmuxd when a phone is plugged in, or gives it the device.',
		...(found
			? {}
			: {
					remedy:
						'Install usbmuxd from the distribution again, or copy its rule file to /etc/udev/rules.d and run: sudo udevadm control --reload',
				}),
	};
}

/** A container or WSL has no USB of its own. */
async function whereItRuns(host: DoctorHost): Promise<{ check: DoctorCheck; remedy: string } | undefined> {
	const isWsl = /microsoft/i.test((await host.read('/proc/version')) ?? '');
	const isContainer = (await host.look('/.dockerenv')) === 'there' || (await host.look('/run/.containerenv')) === 'there';
	if (!isWsl && !isContainer) {
		return undefined;
	}
	const remedy = isWsl
		? 'This is WSL: attach the phone with usbipd on Windows, or use the muxer of Windows: --usbmux HOST:27015.'
		: "This is a container: share the host's socket with it (docker run -v /var/run/usbmuxd:/var/run/usbmuxd).";
	return {
		remedy,
		check: {
			id: 'usb',
			title: 'USB',
			status: 'warning',
			finding: isWsl ? 'WSL has no USB of its own.' : 'A container has no USB of its own.',
			remedy,
		},
	};
}

async function anyThere(host: DoctorHost, files: readonly string[]): Promise<boolean> {
	const sights = await Promise.all(files.map((file) => host.look(file)));
	return sights.includes('there');
}
