import { errorText, isAbortError } from '../../base/index.ts';
import { readTimeWindow, type AutomaticReport, type AutomaticRules, type AutomaticState, type SnapshotInfo } from '../../contract/index.ts';
import { AutomaticRun, reportError } from '../../engine/index.ts';
import { automaticLine } from '../automaticText.ts';
import { wrongUse } from '../errors.ts';
import { quoted, showable, toJson } from '../escape.ts';
import { wholeNumber } from '../options.ts';
import type { Session } from '../session.ts';
import { sizeText, snapshotDocument, snapshotLabel } from '../snapshotText.ts';
import { aborted } from '../waiting.ts';
import { examples, GROUP, type AddCommand } from './register.ts';

interface AutoSnapshotOptions {
	readonly onAttach?: boolean;
	readonly window?: string;
	readonly every: number;
	readonly minBattery: number;
	readonly charging?: boolean;
	readonly wifi?: boolean;
}

/** `auto-snapshot`: takes snapshots of attached devices by rules, until interrupted. */
export const addAutoSnapshot: AddCommand = (program, run) => {
	program
		.command('auto-snapshot')
		.helpGroup(GROUP.snapshots)
		.summary('take snapshots of attached devices by rules, unasked')
		.description(
			'Waits for devices and takes a snapshot of each when it is attached, in a window of the day, or both, until it is interrupted. A device ' +
				'that has a young snapshot, whoever took it, is left alone; so is one that another program works on. Each decision is one line.\n\n' +
				'A locked phone waits until it is unlocked, as it asks for its passcode before a backup. Nothing is deleted: see retention. Ctrl-C ends ' +
				'it; a snapshot that is being taken is given up, and the next one takes over what had arrived.',
		)
		.option('--on-attach', 'when a device is attached (default, unless --window is given)')
		.option('--window <from-to>', 'within these times of day, such as 22:00-06:00; may cross midnight')
		.option('--every <hours>', 'at most once in so many hours for each device', wholeNumber(1, 8760), 12)
		.option('--min-battery <percent>', 'below this a device waits', wholeNumber(0, 100), 30)
		.option('--charging', 'only while power comes from outside')
		.option('--wifi', 'devices that are reached over Wi-Fi alone, too')
		.addHelpText(
			'after',
			examples(
				'devicelab auto-snapshot',
				'devicelab auto-snapshot --window 22:00-06:00 --every 24 --charging',
				'devicelab auto-snapshot --json',
			),
		)
		.action((options: AutoSnapshotOptions) => run((session) => autoSnapshot(session, rulesOf(options))));
};

/** @throws CliError `WRONG_USE` - the window is none. */
function rulesOf({ onAttach, window, every, minBattery, charging, wifi }: AutoSnapshotOptions): AutomaticRules {
	if (window !== undefined && readTimeWindow(window) === undefined) {
		throw wrongUse(`--window is two times of day, such as 22:00-06:00, and not ${quoted(window)}.`);
	}
	return {
		mode: window === undefined ? 'onAttach' : onAttach === true ? 'both' : 'inWindow',
		window: window ?? '00:00-24:00',
		everyHours: every,
		minBatteryPercent: minBattery,
		onlyWhenCharging: charging === true,
		overWifi: wifi === true,
	};
}

async function autoSnapshot(session: Session, rules: AutomaticRules): Promise<void> {
	session.operation = 'snapshot';
	session.endsByInterrupt = true;
	const { engine, io } = session;
	const log = new DecisionLog(session, rules);
	session.note('Waiting for devices that are due; Ctrl-C ends this.');
	const automatic = new AutomaticRun({
		engine,
		rules,
		clock: io.clock,
		log: session.log,
		backUp: async ({ udid, unlessTakenSinceMs }, watch) => {
			try {
				const snapshot = await engine.takeSnapshot(
					{ device: udid, trigger: 'scheduled', automatic: { unlessTakenSinceMs } },
					{
						signal: watch.signal,
						onProgress: ({ phase }) => watch.onPhase(phase),
						onNotice: ({ code }) => void (code === 'PASSCODE_NEEDED' && log.passcode(udid)),
					},
				);
				log.taken(snapshot);
			} catch (error) {
				log.failed(udid, error);
				throw error;
			}
		},
		onDevices: ({ devices }) => log.know(devices),
		onReport: (report) => log.report(report),
	});
	try {
		await aborted(session.signal, io.outClosed);
	} finally {
		await automatic.end();
		automatic.dispose();
	}
}

/** Each decision as a line, or with `--json` as an object. */
class DecisionLog {
	readonly #session: Session;
	readonly #rules: AutomaticRules;
	readonly #names = new Map<string, string>();
	readonly #told = new Map<string, string>();

	constructor(session: Session, rules: AutomaticRules) {
		this.#session = session;
		this.#rules = rules;
	}

	know(devices: readonly { readonly udid: string; readonly name?: string }[]): void {
		devices.forEach(({ udid, name }) => this.#names.set(udid, name ?? udid));
	}

	report({ devices }: AutomaticReport): void {
		for (const state of devices) {
			// The time that it is looked at again moves on; why it waits is what counts.
			const text = state.reason === 'backing-up' ? state.reason : `${state.reason} ${state.lastSnapshotAt}`;
			if (this.#told.get(state.udid) !== text) {
				this.#told.set(state.udid, text);
				this.#state(state);
			}
		}
		// One that is attached again is told of again.
		for (const udid of [...this.#told.keys()].filter((known) => !devices.some((state) => state.udid === known))) {
			this.#told.delete(udid);
		}
	}

	passcode(udid: string): void {
		const name = this.#nameOf(udid);
		this.#write({ type: 'passcode', udid, name }, `Enter the passcode on ${quoted(name)} now.`);
	}

	taken(snapshot: SnapshotInfo): void {
		const { style } = this.#session;
		const name = this.#nameOf(snapshot.udid);
		const text = `${style.green('✓')} ${showable(name)}: snapshot ${snapshotLabel(snapshot)}, ${sizeText(snapshot)}`;
		this.#write({ type: 'snapshot', udid: snapshot.udid, name, snapshot: snapshotDocument(snapshot) }, text);
	}

	failed(udid: string, error: unknown): void {
		if (!isAbortError(error)) {
			const name = this.#nameOf(udid);
			const text = `${this.#session.style.red('✗')} ${showable(name)}: ${showable(errorText(error))}`;
			this.#write({ type: 'failure', udid, name, error: reportError(error) }, text);
		}
	}

	#state(state: AutomaticState): void {
		const name = this.#nameOf(state.udid);
		const nowMs = this.#session.io.clock.now();
		this.#write({ type: 'state', name, ...state }, `${showable(name)}: ${automaticLine(state, this.#rules, nowMs)}`);
	}

	#write(document: Record<string, unknown>, line: string): void {
		const { io, options, style } = this.#session;
		const text = options.json
			? toJson({ schemaVersion: 1, ...document })
			: `${style.dim(new Date(io.clock.now()).toTimeString().slice(0, 8))}  ${line}`;
		io.out.write(`${text}\n`);
	}

	#nameOf(udid: string): string {
		return this.#names.get(udid) ?? udid;
	}
}
