/**
 * Every id that package.json contributes, so that code cannot name one that does not exist. A test compares the two.
 */
export const commandIds = {
	backUp: 'deviceLab.device.backUp',
	backUpAll: 'deviceLab.device.backUpAll',
	pair: 'deviceLab.device.pair',
	forget: 'deviceLab.device.forget',
	copyUdid: 'deviceLab.device.copyUdid',
	turnOnEncryption: 'deviceLab.encryption.turnOn',
	turnOffEncryption: 'deviceLab.encryption.turnOff',
	changePassword: 'deviceLab.encryption.changePassword',
	turnOnCloudBackup: 'deviceLab.cloudBackup.turnOn',
	turnOffCloudBackup: 'deviceLab.cloudBackup.turnOff',
	rollBack: 'deviceLab.snapshot.rollBack',
	rollBackToBaseline: 'deviceLab.snapshot.rollBackToBaseline',
	restoreOntoOther: 'deviceLab.snapshot.restoreOntoOther',
	nameSnapshot: 'deviceLab.snapshot.name',
	noteSnapshot: 'deviceLab.snapshot.note',
	pinSnapshot: 'deviceLab.snapshot.pin',
	unpinSnapshot: 'deviceLab.snapshot.unpin',
	deleteSnapshot: 'deviceLab.snapshot.delete',
	compareSnapshots: 'deviceLab.snapshot.compare',
	showCoverage: 'deviceLab.snapshot.coverage',
	browseSnapshot: 'deviceLab.snapshot.browse',
	findInSnapshot: 'deviceLab.snapshot.find',
	extractFromSnapshot: 'deviceLab.snapshot.extract',
	exportSnapshot: 'deviceLab.snapshot.export',
	verifySnapshot: 'deviceLab.snapshot.verify',
	copySnapshotId: 'deviceLab.snapshot.copyId',
	takeAppSnapshot: 'deviceLab.app.snapshot',
	rollBackApp: 'deviceLab.app.rollBack',
	installBuild: 'deviceLab.app.install',
	backUpAndInstall: 'deviceLab.app.backUpAndInstall',
	uninstallApp: 'deviceLab.app.uninstall',
	exportAppData: 'deviceLab.app.exportData',
	importAppData: 'deviceLab.app.importData',
	verifyStore: 'deviceLab.store.verify',
	repairStore: 'deviceLab.store.repair',
	cleanUp: 'deviceLab.store.cleanUp',
	adoptBackups: 'deviceLab.backups.adopt',
	cancelJob: 'deviceLab.job.cancel',
	startVirtualLab: 'deviceLab.virtualLab.start',
	stopVirtualLab: 'deviceLab.virtualLab.stop',
	automaticBackups: 'deviceLab.automaticBackups.configure',
	checkComputer: 'deviceLab.checkComputer',
	openTimeline: 'deviceLab.timeline.open',
	timelineNext: 'deviceLab.timeline.next',
	timelinePrevious: 'deviceLab.timeline.previous',
	timelinePageDown: 'deviceLab.timeline.pageDown',
	timelinePageUp: 'deviceLab.timeline.pageUp',
	timelineFirst: 'deviceLab.timeline.first',
	timelineLast: 'deviceLab.timeline.last',
	timelineParent: 'deviceLab.timeline.parent',
	timelineChild: 'deviceLab.timeline.child',
	timelineDetails: 'deviceLab.timeline.details',
	timelineMark: 'deviceLab.timeline.mark',
	timelineCompare: 'deviceLab.timeline.compare',
	timelineSnapshot: 'deviceLab.timeline.snapshot',
	timelineRollBack: 'deviceLab.timeline.rollBack',
	timelineRename: 'deviceLab.timeline.rename',
	timelinePin: 'deviceLab.timeline.pin',
	timelineDelete: 'deviceLab.timeline.delete',
	timelineNow: 'deviceLab.timeline.now',
	timelineFind: 'deviceLab.timeline.find',
	launchAddRollback: 'deviceLab.launch.addRollback',
	launchDebugFromHere: 'deviceLab.launch.debugFromHere',
	valueUdid: 'deviceLab.value.udid',
	valueSnapshotId: 'deviceLab.value.snapshotId',
	valueState: 'deviceLab.value.state',
	valueCommit: 'deviceLab.value.commit',
	restartEngine: 'deviceLab.engine.restart',
	refresh: 'deviceLab.refresh',
	showLog: 'deviceLab.showLog',
} as const;

/** An id of a contributed command. */
export type CommandId = (typeof commandIds)[keyof typeof commandIds];

/** Views of the activity bar's container. */
export const viewIds = {
	devices: 'deviceLab.devices',
	/** Snapshots of devices that are not attached, and backups of other programs. */
	stored: 'deviceLab.stored',
} as const;

/** Settings, with their type and default as package.json has them. */
export const settingIds = {
	storeFolder: 'deviceLab.store.folder',
	muxers: 'deviceLab.usbmux.addresses',
	retentionPolicy: 'deviceLab.retention.policy',
	safetySnapshot: 'deviceLab.rollBack.safetySnapshot',
	notifications: 'deviceLab.notifications',
	automaticMode: 'deviceLab.automaticBackups.mode',
	automaticWindow: 'deviceLab.automaticBackups.window',
	automaticEveryHours: 'deviceLab.automaticBackups.everyHours',
	automaticMinBattery: 'deviceLab.automaticBackups.minBattery',
	automaticOnlyWhenCharging: 'deviceLab.automaticBackups.onlyWhenCharging',
	automaticOverWifi: 'deviceLab.automaticBackups.overWifi',
} as const;

/** Context keys that menus and welcome views are shown by. */
export const contextKeys = {
	/** `starting`, `ready` or `failed`. */
	engine: 'deviceLab.engine',
	/** A muxer answers. */
	hasMuxer: 'deviceLab.hasMuxer',
	hasDevices: 'deviceLab.hasDevices',
	hasSnapshots: 'deviceLab.hasSnapshots',
	virtualLabRuns: 'deviceLab.virtualLabRuns',
	/** Where the keyboard is in the timeline: `rows`, `text` or `other`. */
	timelineFocus: 'deviceLab.timelineFocus',
	jobRuns: 'deviceLab.jobRuns',
} as const;

/**
 * What a command may be given: nothing (from the palette; it asks), a row of a tree and all selected rows, or a plain object from a key
 * binding, a task or the timeline. Rows have these fields too.
 */
export interface CommandTarget {
	readonly udid?: string;
	/** A snapshot's id. */
	readonly snapshot?: string;
	readonly jobId?: string;
	/** Of a comparison: with what the device is now. */
	readonly withNow?: boolean;
	/** An app. */
	readonly bundleId?: string;
	/** A package that is to be installed. */
	readonly file?: string;
	/** The folder of a backup of another program. */
	readonly backupPath?: string;
	/** Of the snapshot that a backup of the device takes. */
	readonly name?: string;
}

/** A command runs for one target or several, and asks for what is missing. It reports its own failures and rejects only with a mistake. */
export type CommandRun = (target?: CommandTarget, selected?: readonly CommandTarget[]) => unknown;
