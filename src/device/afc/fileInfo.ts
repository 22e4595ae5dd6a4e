export {
	formatDeviceInfo,
	formatDirectory,
	formatFileInfo,
	parseDeviceInfo,
	parseDirectory,
	parseFileInfo,
	type AfcDeviceInfo,
	type AfcFileInfo,
	type AfcFileKind,
} from './fileInfo/messages.ts';
