import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLab } from '../../virtual/index.ts';
import { formatDuration } from '../format.ts';
import type { RunNested } from '../program.ts';
import { shellWord } from '../facts.ts';
import type { Session } from '../session.ts';
import { DemoStage, type DemoStep } from './stage.ts';

/** Large enough that the first snapshot is worth watching, small enough for a minute on a slow computer. */
const PROFILE = 'mix:2500:120M';
const SEED = 'demo';

/**
 * The whole story on three virtual iPhones: list, take a snapshot, change, take another, change more, roll back, prove, go on. Each step is a command line
 * that a person could type, run by the program itself.
 *
 * @returns whether the restored phone is what it was when it was backed up
 */
export async function runDemo(session: Session, runNested: RunNested): Promise<boolean> {
	const startedAt = session.io.clock.now();
	const stage = new DemoStage(session, runNested);
	stage.title('iOS Device Lab', 'Three virtual iPhones, real protocols on a real socket: usbmux, lockdown with TLS, mobilebackup2.');
	const folder = await mkdtemp(join(tmpdir(), 'devicelab-demo-'));
	const lab = await startLab({
		listen: '127.0.0.1:0',
		devices: 3,
		seed: SEED,
		profile: PROFILE,
		clock: session.io.clock,
		log: session.log,
	});
	try {
		stage.useLab(lab.address, join(folder, 'store'));
		const device = lab.devices[0];
		if (device === undefined) {
			return false;
		}
		const proof = await playSteps(stage, { address: lab.address, device: device.name });
		if (proof === undefined) {
			return false;
		}
		stage.finish(proof, formatDuration(session.io.clock.now() - startedAt), session.io.clock.now() - startedAt);
		return proof.verified;
	} finally {
		await lab.stop();
		await rm(folder, { recursive: true, force: true });
	}
}

/** What the phone was at three moments, as digests over every file that a backup carries. */
export interface Proof {
	readonly backedUp: string;
	readonly changed: string;
	readonly restored: string;
	readonly verified: boolean;
}

async function playSteps(stage: DemoStage, place: { address: string; device: string }): Promise<Proof | undefined> {
	const { address, device } = place;
	const tell = (...words: string[]): string[] => ['virtual', 'tell', '--listen', address, device, ...words];
	const name = shellWord(device);
	const steps: Record<'list' | 'first' | 'use' | 'second' | 'spoil' | 'rollback' | 'branch' | 'history', DemoStep> = {
		list: { title: 'What is attached?', argv: ['devices'] },
		first: {
			title: `Take a snapshot of ${name}`,
			text: 'The first time everything is sent.',
			argv: ['snapshot', device, '--name', 'fresh'],
		},
		use: {
			title: 'Use the phone',
			text: 'Files are added, changed and deleted, as using a phone does.',
			argv: tell('touch', '--files', '60', '--seed', 'monday'),
		},
		second: {
			title: 'Take another',
			text: 'Only what changed is sent and stored. This is the state to come back to.',
			argv: ['snapshot', device, '--name', 'logged-in'],
		},
		spoil: { title: 'A test run makes a mess', argv: tell('touch', '--files', '400', '--seed', 'test-run') },
		rollback: {
			title: 'Roll back',
			text: 'Checked first, with a safety snapshot of the mess; then the phone replaces its files and restarts.',
			argv: ['rollback', device, 'logged-in', '--yes'],
		},
		branch: { title: 'Go on from there', text: 'What comes next is a branch.', argv: ['snapshot', device, '--name', 'next-test'] },
		history: { title: 'The history', argv: ['snapshots', device] },
	};
	for (const step of [steps.list, steps.first, steps.use, steps.second]) {
		if (!(await stage.play(step))) {
			return undefined;
		}
	}
	const backedUp = await stage.capture(tell('fingerprint'));
	if (backedUp === undefined || !(await stage.play(steps.spoil))) {
		return undefined;
	}
	const changed = await stage.capture(tell('fingerprint'));
	if (changed === undefined || !(await stage.play(steps.rollback))) {
		return undefined;
	}
	stage.heading({
		title: 'Is it as it was?',
		text: 'One digest over every domain, path, mode and content that a backup carries.',
		argv: tell('fingerprint'),
	});
	const restored = await stage.capture(tell('fingerprint'));
	if (restored === undefined) {
		return undefined;
	}
	const proof = { backedUp, changed, restored, verified: restored === backedUp && changed !== backedUp };
	stage.prove(proof);
	return (await stage.play(steps.branch)) && (await stage.play(steps.history)) ? proof : undefined;
}
