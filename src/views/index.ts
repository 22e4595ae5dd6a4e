export { sentenceOf, type FailureContext, type FailureText } from './errorMessages.ts';
export { reportOf, showFailure, showReport } from './failures.ts';
export {
	formatAge,
	formatTime,
	formatNumber,
	formatBytes,
	formatWhen,
	iosText,
	modelText,
	snapshotPhrase,
	snapshotTitle,
} from './format.ts';
export { isDeviceWork, isForeignWork, jobText, progressText } from './jobText.ts';
export type { LabSource } from './labSource.ts';
export { contentsUri } from './contents/places.ts';
export { SnapshotContents, type SnapshotContentsDeps } from './contents/snapshotContents.ts';
export { knownDevices, pickApp, pickDevices, pickSnapshotOr, pickSnapshots, type PickOptions } from './pick.ts';
export { pickMany } from './pickMany.ts';
export { factsText, type KnownDevice } from './pickRows.ts';
export { registerViews, type RegisteredViews, type ViewDeps } from './registerViews.ts';
export { RecentDevices } from './recent.ts';
export { differenceSentence } from './proofText.ts';
export { inline, literalText, quoted, unlinked, withoutIcons } from './text.ts';
export { Timelines, type TimelineDeps } from './timeline/timelines.ts';
export { systemClock } from './systemClock.ts';
