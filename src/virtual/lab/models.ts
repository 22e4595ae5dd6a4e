import { Random } from '../files/random.ts';
import type { DeviceIdentity } from '../identity.ts';

interface Model {
	readonly deviceClass: 'iPhone' | 'iPad';
	readonly productType: string;
	readonly marketingName: string;
	readonly iosVersion: string;
	readonly buildVersion: string;
	readonly hardwareModel: string;
	readonly modelNumber: string;
	/** First half of the UDID of current models; older ones have 40 hexadecimal digits. */
	readonly chip: string | undefined;
}

/** Devices take their model from here in turn. All of them run a system that asks for its passcode before backups. */
const MODELS: readonly Model[] = [
	{
		deviceClass: 'iPhone',
		productType: 'iPhone16,1',
		marketingName: 'iPhone 15 Pro',
		iosVersion: '18.1',
		buildVersion: '22B83',
		hardwareModel: 'D83AP',
		modelNumber: 'MTUX3',
		chip: '00008130',
	},
	{
		deviceClass: 'iPhone',
		productType: 'iPhone14,5',
		marketingName: 'iPhone 13',
		iosVersion: '17.5',
		buildVersion: '21F79',
		hardwareModel: 'D17AP',
		modelNumber: 'MLPF3',
		chip: '00008110',
	},
	{
		deviceClass: 'iPhone',
		productType: 'iPhone12,8',
		marketingName: 'iPhone SE',
		iosVersion: '16.7',
		buildVersion: '20H19',
		hardwareModel: 'D79AP',
		modelNumber: 'MX9R2',
		chip: '00008030',
	},
	{
		deviceClass: 'iPad',
		productType: 'iPad13,16',
		marketingName: 'iPad Air',
		iosVersion: '17.2',
		buildVersion: '21C62',
		hardwareModel: 'J407AP',
		modelNumber: 'MM9C3',
		chip: '00008103',
	},
	{
		deviceClass: 'iPhone',
		productType: 'iPhone10,3',
		marketingName: 'iPhone X',
		iosVersion: '16.7.10',
		buildVersion: '20H350',
		hardwareModel: 'D22AP',
		modelNumber: 'MQCK2',
		chip: undefined,
	},
	{
		deviceClass: 'iPhone',
		productType: 'iPhone15,4',
		marketingName: 'iPhone 15',
		iosVersion: '17.6.1',
		buildVersion: '21G93',
		hardwareModel: 'D37AP',
		modelNumber: 'MTLX3',
		chip: '00008120',
	},
];

/** Build numbers of versions that a device may be set to; others get a made-up one. */
const BUILDS: Readonly<Record<string, string>> = {
	'16.0': '20A362',
	'16.7': '20H19',
	'17.0': '21A329',
	'17.2': '21C62',
	'17.4': '21E219',
	'17.5': '21F79',
	'18.0': '22A3354',
	'18.1': '22B83',
};

/** The device number `index` (from 0) of a lab. The same seed gives the same device. */
export function createIdentity(seed: string, index: number): DeviceIdentity {
	const model = MODELS[index % MODELS.length] as Model;
	const random = new Random(`device ${index} of ${seed}`);
	const hex = (digits: number): string => Array.from({ length: digits }, () => random.below(16).toString(16)).join('');
	// FACE and FEED say that nobody ever bought such a device.
	const ecid = `0000face${hex(8)}`;
	const udid = model.chip === undefined ? `feedface${hex(32)}` : `${model.chip}-${ecid.toUpperCase()}`;
	const mac = (last: number): string => `02:00:5e:${hex(2)}:${hex(2)}:${(last & 0xff).toString(16).padStart(2, '0')}`;
	const digits = Array.from({ length: 6 }, () => random.below(10)).join('');
	return {
		udid,
		name: `Lab-${index + 1}`,
		deviceClass: model.deviceClass,
		productType: model.productType,
		marketingName: model.marketingName,
		iosVersion: model.iosVersion,
		buildVersion: model.buildVersion,
		serialNumber: `FAKE${hex(8).toUpperCase()}`,
		ecid: BigInt(`0x${ecid}`),
		wifiAddress: mac(2 * index),
		bluetoothAddress: mac(2 * index + 1),
		hardwareModel: model.hardwareModel,
		modelNumber: model.modelNumber,
		regionInfo: 'ZD/A',
		cpuArchitecture: 'arm64e',
		// 00 is no registered maker, 555 numbers ring nowhere.
		...(model.deviceClass === 'iPhone' ? { imei: `000000000${digits}`, phoneNumber: `+1 555 01${digits.slice(0, 2)}` } : {}),
	};
}

/** The build number that goes with a version. */
export function buildOf(iosVersion: string): string {
	return BUILDS[iosVersion] ?? `${4 + Number.parseInt(iosVersion, 10)}Z999`;
}
