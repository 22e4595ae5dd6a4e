import assert from 'node:assert/strict';
import type { Clock } from '../../../../src/base/index.ts';
import type { JobNotice, JobProgress } from '../../../../src/contract/index.ts';
import type { DeviceLinkProgress } from '../../../../src/device/index.ts';
import { ProgressReporter } from '../../../../src/engine/jobs/progress.ts';

describe('Progress of a job', () => {
	function start() {
		let now = 0;
		const clock: Clock = { now: () => now, after: () => ({ dispose() {} }) };
		const reports: JobProgress[] = [];
		const notices: JobNotice[] = [];
		const progress = new ProgressReporter(
			{ onProgress: (report) => void reports.push(report), onNotice: (notice) => void notices.push(notice) },
			clock,
		);
		return { progress, reports, notices, wait: (ms: number) => (now += ms) };
	}

	const link = (state: Partial<DeviceLinkProgress>): DeviceLinkProgress => ({
		percent: undefined,
		transferredBytes: 0,
		transferredFiles: 0,
		batchTotalBytes: 0,
		batchBytes: 0,
		step: 'receiving',
		...state,
	});

	it('passes through the phases of a backup', () => {
		const { progress, reports, wait } = start();
		progress.enter('preparing');
		for (const step of ['sending', 'receiving', 'arranging', 'sending', 'receiving'] as const) {
			wait(1000);
			progress.link(link({ step }), 'receiving');
		}
		assert.deepEqual([...new Set(reports.map((report) => report.phase))], ['preparing', 'transferring', 'finishing']);
	});

	it('never falls, whatever the device says', () => {
		const { progress, reports, wait } = start();
		for (const percent of [10, 85, 65, 90]) {
			wait(1000);
			progress.link(link({ percent }), 'receiving');
		}
		assert.deepEqual(
			reports.map((report) => report.percent).filter((percent) => percent !== undefined),
			[10, 85, 85, 90],
		);
	});

	it('reports at most ten times a second, and each change of phase', () => {
		const { progress, reports, wait } = start();
		for (let step = 0; step < 1000; step++) {
			wait(1);
			progress.link(link({ transferredBytes: step }), 'receiving');
		}
		assert.ok(reports.length <= 12, `${reports.length} reports`);
	});

	it('says once that the passcode is needed, for each time that it is', () => {
		const { progress, notices } = start();
		progress.passcodePrompt(true);
		progress.passcodePrompt(true);
		progress.passcodePrompt(false);
		progress.passcodePrompt(false);
		assert.deepEqual(
			notices.map((notice) => notice.code),
			['PASSCODE_NEEDED', 'PASSCODE_DONE'],
		);
	});

	it('estimates the whole only when there is enough to go by', () => {
		const { progress, reports, wait } = start();
		for (const [percent, transferredBytes] of [
			[1, 1000],
			[50, 50_000],
		] as const) {
			wait(1000);
			progress.link(link({ percent, transferredBytes }), 'receiving');
		}
		assert.deepEqual(
			reports.filter((report) => report.percent !== undefined).map((report) => report.expectedBytes),
			[undefined, 100_000],
		);
	});
});
