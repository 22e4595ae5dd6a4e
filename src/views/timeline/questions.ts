import type { FromTimeline, SnapshotDiff, ToTimeline } from '../../contract/index.ts';
import { reportOf } from '../failures.ts';
import type { EngineSource, LabSource } from '../labSource.ts';

/** Files of a comparison that the page gets; the document that the editor opens has more. */
const MAX_FILES = 2000;

/** What the page asks about snapshots; each question has a number that its answer carries. */
export type Question = Extract<FromTimeline, { type: 'diff' | 'rows' | 'coverage' }>;

/** What answers are made of. */
export interface QuestionDeps {
	readonly lab: LabSource;
	readonly client: EngineSource;
	/** The password that is remembered for a snapshot. */
	readonly passwords: { get(subject: { udid: string; snapshot?: string }): Promise<{ readonly password: string } | undefined> };
}

/** Answers the page about one device, with remembered passwords only: looking at details asks nobody anything. */
export class Questions {
	readonly #udid: string;
	readonly #deps: QuestionDeps;

	constructor(udid: string, deps: QuestionDeps) {
		this.#udid = udid;
		this.#deps = deps;
	}

	/** Never fails: a failure is an answer, too. */
	async answer(question: Question): Promise<ToTimeline> {
		try {
			return await this.#answer(question);
		} catch (error) {
			return { type: question.type, request: question.request, error: reportOf(error) };
		}
	}

	async #answer(question: Question): Promise<ToTimeline> {
		const { client } = this.#deps;
		const { request } = question;
		const udid = this.#udid;
		switch (question.type) {
			case 'diff':
				return { type: 'diff', request, diff: await this.#diff(question.before, question.after) };
			case 'rows': {
				const { before, after } = question;
				const remembered = await this.#rememberedFor(before, after);
				return { type: 'rows', request, rows: await client.request('contents/diffRows', { udid, before, after, ...remembered }) };
			}
			case 'coverage': {
				const { snapshot } = question;
				const remembered = await this.#remembered(snapshot);
				return { type: 'coverage', request, coverage: await client.request('contents/coverage', { udid, snapshot, ...remembered }) };
			}
		}
	}

	async #diff(before: string, after: string): Promise<SnapshotDiff> {
		const { lab, client } = this.#deps;
		const udid = this.#udid;
		const bundleId = lab.snapshot(udid, after)?.app?.bundleId;
		return bundleId === undefined
			? client.request('snapshots/diff', {
					...{ udid, before, after, maxFiles: MAX_FILES },
					...(await this.#rememberedFor(before, after)),
				})
			: client.request('apps/diff', { udid, bundleId, before, after, maxFiles: MAX_FILES });
	}

	/** The passwords of two snapshots: that of a device can change between them. */
	async #rememberedFor(before: string, after: string): Promise<{ readonly password?: string; readonly beforePassword?: string }> {
		const [{ password: beforePassword }, later] = [await this.#remembered(before), await this.#remembered(after)];
		return { ...later, ...(beforePassword === undefined || beforePassword === later.password ? {} : { beforePassword }) };
	}

	async #remembered(snapshot: string): Promise<{ readonly password?: string }> {
		const remembered = await this.#deps.passwords.get({ udid: this.#udid, snapshot });
		return remembered === undefined ? {} : { password: remembered.password };
	}
}
