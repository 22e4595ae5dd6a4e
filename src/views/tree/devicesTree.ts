import type * as vscode from 'vscode';
import type { Clock } from '../../base/index.ts';
import type { JobInfo, SnapshotInfo } from '../../contract/index.ts';
import type { LabSource } from '../labSource.ts';
import { appItem, appsItem, type AppView } from './appItem.ts';
import type { DeviceApps } from './deviceApps.ts';
import { automaticItem } from './automaticItem.ts';
import type { DeviceFacts } from './deviceFacts.ts';
import { deviceItem, deviceView } from './deviceItem.ts';
import type { RowItem } from './item.ts';
import { cloudBackupItem, encryptionItem, jobItem, nowItem, olderItem } from './otherItems.ts';
import { RowProvider } from './rowProvider.ts';
import { row, type AppRow, type LabRow } from './rows.ts';
import { isAtWork, SnapshotRows } from './snapshotRows.ts';
import {
	appTooltip,
	automaticTooltip,
	cloudBackupTooltip,
	deviceTooltip,
	encryptionTooltip,
	jobTooltip,
	nowTooltip,
	snapshotTooltip,
} from './tooltips.ts';

/** Attached devices, and those that are away while a job of theirs runs, with their snapshots; before them, jobs of the store. */
export class DevicesTree extends RowProvider {
	readonly #lab: LabSource;
	readonly #facts: DeviceFacts;
	readonly #apps: DeviceApps;
	readonly #snapshots: SnapshotRows;

	constructor(lab: LabSource, facts: DeviceFacts, apps: DeviceApps, clock: Clock) {
		super(clock);
		this.#lab = lab;
		this.#facts = facts;
		this.#apps = apps;
		this.#snapshots = new SnapshotRows(lab);
		this.register(lab.onDidChange(({ udid }) => this.changed(udid)));
		this.register(facts.onDidChange((udid) => this.changed(udid)));
		this.register(apps.onDidChange((udid) => this.changed(udid)));
	}

	protected override opened(parent: LabRow | undefined): Promise<void> | undefined {
		if (parent === undefined) {
			return this.#lab.whenReady();
		}
		if (parent.kind === 'device') {
			this.#facts.want(parent.udid);
		}
		return parent.kind === 'apps' ? this.#apps.want(parent.udid) : undefined;
	}

	protected override rowsBelow(parent: LabRow | undefined): readonly LabRow[] {
		switch (parent?.kind) {
			case undefined: {
				const attached = this.#lab.devices.map(({ udid }) => udid);
				const away = new Set(this.#lab.jobs.flatMap(({ udid }) => (udid === undefined || attached.includes(udid) ? [] : [udid])));
				const ofStore = this.#lab.jobs.filter(({ udid }) => udid === undefined);
				return [...ofStore.map(({ id }) => row.job(id, undefined)), ...[...attached, ...away].map((udid) => row.device(udid))];
			}
			case 'device':
				return this.#belowDevice(parent.udid);
			case 'older':
				return this.#snapshots.ofMonth(parent).map(({ id }) => row.snapshot(parent.udid, id));
			case 'apps':
				return this.#belowApps(parent.udid);
			case 'app':
				return this.#ofApp(parent).map(({ id }) => row.appSnapshot(parent.udid, id));
			default:
				return [];
		}
	}

	#belowDevice(udid: string): LabRow[] {
		const isPaired = this.#lab.device(udid)?.trust === 'paired';
		return [
			row.now(udid),
			...this.#lab.jobs.filter((job) => job.udid === udid).map(({ id }) => row.job(id, udid)),
			...this.#snapshots.below(udid, false),
			...(isPaired ? [row.apps(udid), row.cloudBackup(udid), row.encryption(udid), row.automatic(udid)] : []),
		];
	}

	/** What is installed, largest first; then apps of which only snapshots are left. */
	#belowApps(udid: string): LabRow[] {
		const { apps } = this.#apps.of(udid);
		if (apps === undefined) {
			return [];
		}
		const installed = new Set(apps.map(({ bundleId }) => bundleId));
		const gone = this.#lab.snapshots(udid).flatMap(({ app }) => (app === undefined || installed.has(app.bundleId) ? [] : [app.bundleId]));
		return [...installed, ...new Set(gone)].map((bundleId) => row.app(udid, bundleId));
	}

	#ofApp({ udid, bundleId }: AppRow): SnapshotInfo[] {
		return this.#lab.snapshots(udid).filter(({ app }) => app?.bundleId === bundleId);
	}

	/** Undefined when it is neither installed nor in a snapshot. */
	#appView(of: AppRow): AppView | undefined {
		const app = this.#apps.of(of.udid).apps?.find(({ bundleId }) => bundleId === of.bundleId);
		const snapshots = this.#ofApp(of);
		return app === undefined && snapshots.length === 0
			? undefined
			: { bundleId: of.bundleId, ...(app === undefined ? {} : { app }), snapshots, isBusy: isAtWork(this.#lab, of.udid) };
	}

	protected override itemOf(of: LabRow): RowItem | undefined {
		const nowMs = this.clock.now();
		switch (of.kind) {
			case 'device':
				return this.#isShown(of.udid) ? deviceItem(deviceView(this.#lab, of.udid, this.#facts.of(of.udid))) : undefined;
			case 'now':
				return this.#isShown(of.udid) ? nowItem(this.#lab.device(of.udid), this.#head(of.udid), nowMs) : undefined;
			case 'job': {
				const job = this.#job(of.jobId);
				return job === undefined ? undefined : jobItem(job, of.udid === undefined ? undefined : this.#lab.deviceName(of.udid));
			}
			case 'snapshot':
				return this.#isShown(of.udid) ? this.#snapshots.item(of, nowMs) : undefined;
			case 'older': {
				const count = this.#snapshots.ofMonth(of).length;
				return count === 0 || !this.#isShown(of.udid) ? undefined : olderItem(of.month, count);
			}
			case 'apps':
				return this.#isShown(of.udid) ? appsItem(this.#apps.of(of.udid)) : undefined;
			case 'app': {
				const view = this.#isShown(of.udid) ? this.#appView(of) : undefined;
				return view === undefined ? undefined : appItem(view);
			}
			case 'cloudBackup':
				return this.#isShown(of.udid) ? cloudBackupItem(this.#facts.of(of.udid), nowMs) : undefined;
			case 'encryption':
				return this.#isShown(of.udid) ? encryptionItem(this.#lab.device(of.udid), this.#facts.of(of.udid)) : undefined;
			case 'automatic':
				return this.#isShown(of.udid) ? automaticItem(this.#lab.automatic, of.udid, nowMs) : undefined;
			default:
				return undefined;
		}
	}

	protected override tooltipOf(of: LabRow): vscode.MarkdownString | undefined {
		const nowMs = this.clock.now();
		switch (of.kind) {
			case 'device':
				return deviceTooltip(deviceView(this.#lab, of.udid, this.#facts.of(of.udid)), nowMs);
			case 'now':
				return nowTooltip(this.#lab.device(of.udid), this.#head(of.udid), nowMs);
			case 'job': {
				const job = this.#job(of.jobId);
				return job === undefined ? undefined : jobTooltip(job, nowMs);
			}
			case 'snapshot': {
				const view = this.#snapshots.view(of, nowMs);
				return view === undefined
					? undefined
					: snapshotTooltip(view, view.snapshot.parent === undefined ? undefined : this.#lab.snapshot(of.udid, view.snapshot.parent));
			}
			case 'app': {
				const view = this.#appView(of);
				return view === undefined ? undefined : appTooltip(view);
			}
			case 'cloudBackup':
				return cloudBackupTooltip(this.#facts.of(of.udid), nowMs);
			case 'encryption':
				return encryptionTooltip(this.#facts.of(of.udid));
			case 'automatic':
				return automaticTooltip(this.#lab.automatic, of.udid, nowMs);
			default:
				return undefined;
		}
	}

	#isShown(udid: string): boolean {
		return this.#lab.device(udid) !== undefined || this.#lab.jobs.some((job) => job.udid === udid);
	}

	#head(udid: string): ReturnType<LabSource['snapshot']> {
		return this.#lab.snapshots(udid).find(({ isHead, kind }) => isHead && kind === 'device');
	}

	#job(id: string): JobInfo | undefined {
		return this.#lab.jobs.find((job) => job.id === id);
	}
}
