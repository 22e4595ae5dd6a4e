import { checkComputer } from '../../engine/index.ts';
import type { DoctorCheck } from '../../contract/index.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { showable } from '../escape.ts';
import type { Session } from '../session.ts';
import type { Style } from '../style.ts';
import { examples, GROUP, type AddCommand } from './register.ts';

/** `doctor`: what this computer lacks for working with real devices. */
export const addDoctor: AddCommand = (program, run) => {
	program
		.command('doctor')
		.helpGroup(GROUP.help)
		.summary('find out what this computer lacks for real devices')
		.description(
			'Checks what real iPhones need on this computer (the program that connects them, its service and permissions, space, folders of existing ' +
				'backups) and says how to get what is missing. Changes nothing. Ends with 1 when something is missing; warnings alone end with 0.',
		)
		.addHelpText('after', examples('devicelab doctor', 'devicelab doctor --json'))
		.action(() => run(doctor));
};

async function doctor(session: Session): Promise<ExitCode> {
	const checks = await checkComputer({ muxers: session.options.usbmux, environment: session.io.environment, signal: session.signal });
	const missing = checks.filter((check) => check.status === 'missing').length;
	const warnings = checks.filter((check) => check.status === 'warning').length;
	session.result({ ready: missing === 0, checks }, [
		...checks.flatMap((check) => checkLines(check, session.style)),
		'',
		verdict(missing, warnings, session.style),
	]);
	return missing === 0 ? EXIT.done : EXIT.failed;
}

/** One check, its finding and what to do. */
export function checkLines(check: DoctorCheck, style: Style): string[] {
	const mark = { ok: style.green('✓'), warning: style.yellow('!'), missing: style.red('✗') }[check.status];
	return [
		`${mark} ${style.bold(check.title)}`,
		`  ${showable(check.finding)}`,
		...(check.remedy === undefined ? [] : check.remedy.split('\n').map((line) => `  ${style.cyan('→')} ${showable(line)}`)),
	];
}

function verdict(missing: number, warnings: number, style: Style): string {
	if (missing > 0) {
		return `${style.red(`${missing} missing`)}${warnings === 0 ? '' : `, ${warnings} to look at`}. The virtual lab works without any of it: devicelab demo`;
	}
	return warnings > 0 ? `Ready for real devices; ${warnings} to look at.` : style.green('Ready for real devices.');
}
