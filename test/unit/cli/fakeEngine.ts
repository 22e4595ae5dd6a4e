import type { DeviceInfo, SnapshotInfo } from '../../../src/contract/index.ts';
import { runCommandLine } from '../../../src/cli/program.ts';
import type { EngineApi } from '../../../src/cli/session.ts';
import type { FakeIo } from './fakeIo.ts';

/** A device as the engine describes one. */
export function device(overrides: Partial<DeviceInfo> = {}): DeviceInfo {
	return {
		udid: '00008120-0000FACE00000001',
		name: "Anna's iPhone",
		productType: 'iPhone16,1',
		model: 'iPhone 15 Pro',
		iosVersion: '17.5',
		buildVersion: '21F79',
		transport: 'usb',
		transports: ['usb'],
		muxer: '127.0.0.1:1',
		trust: 'paired',
		batteryPercent: 82,
		charging: true,
		totalBytes: 128e9,
		freeBytes: 37.2e9,
		encryption: 'off',
		findMy: 'off',
		supervised: 'off',
		wifiSync: 'unknown',
		...overrides,
	};
}

/** A snapshot as the engine describes one, of that device. */
export function snapshot(overrides: Partial<SnapshotInfo> = {}): SnapshotInfo {
	return {
		id: 'a1b2c3d4'.repeat(4),
		udid: device().udid,
		kind: 'device',
		pinned: false,
		isHead: false,
		takenAt: '2026-01-02T03:04:05.000Z',
		trigger: 'manual',
		deviceName: "Anna's iPhone",
		model: 'iPhone 15 Pro',
		iosVersion: '17.5',
		encrypted: false,
		fileCount: 1204,
		sizeBytes: 3.1e9,
		addedBytes: 12e6,
		...overrides,
	};
}

/** Records what commands ask of the engine, and answers with what a test gives. */
export interface FakeEngine {
	readonly calls: { readonly name: string; readonly request: unknown }[];
	readonly muxers: (readonly string[])[];
	readonly stores: string[];
	run(io: FakeIo, ...argv: string[]): Promise<number>;
}

type Answers = Partial<
	Record<
		Exclude<keyof EngineApi, 'library' | 'contents'> | keyof EngineApi['library'] | keyof EngineApi['contents'],
		(...args: never[]) => unknown
	>
>;

/** Methods of the engine and of its library by their names; of the library's, `request` is all that they were called with. */
export function fakeEngine(answers: Answers): FakeEngine {
	const calls: { name: string; request: unknown }[] = [];
	const muxers: (readonly string[])[] = [];
	const stores: string[] = [];
	const answerTo = (name: keyof Answers, args: never[]): unknown => {
		const answer = answers[name] ?? (name === 'device' ? () => device() : undefined);
		if (answer === undefined) {
			throw new Error(`The test gave no answer to ${name}.`);
		}
		return name === 'watchDevices' ? answer(...args) : Promise.resolve().then(() => answer(...args));
	};
	const library = new Proxy({} as EngineApi['library'] & EngineApi['contents'], {
		get:
			(_, name: keyof EngineApi['library'] | keyof EngineApi['contents']) =>
			(...args: never[]) => {
				calls.push({ name, request: args });
				return answerTo(name, args);
			},
	});
	const engine = new Proxy({} as EngineApi, {
		get(_, name: keyof EngineApi) {
			if (name === 'library' || name === 'contents') {
				return library;
			}
			if (name === 'dispose') {
				return () => {};
			}
			return (...args: never[]) => {
				calls.push({ name, request: args[0] });
				return answerTo(name, args);
			};
		},
	});
	return {
		calls,
		muxers,
		stores,
		run: (io, ...argv) =>
			runCommandLine(argv, io, (options) => {
				muxers.push(options.muxers);
				stores.push(options.storeFolder);
				return engine;
			}),
	};
}
