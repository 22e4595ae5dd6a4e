/** Who a virtual device is. Plainly made up, and none of a real device. Name and system version can be changed while the lab runs. */
export interface DeviceIdentity {
	/** 25 characters with a dash, or 40 hexadecimal digits as older models have. */
	readonly udid: string;
	name: string;
	/** `iPhone`, `iPad`. */
	readonly deviceClass: string;
	/** As in `iPhone16,1`. */
	readonly productType: string;
	/** As in `iPhone 15 Pro`. */
	readonly marketingName: string;
	iosVersion: string;
	buildVersion: string;
	readonly serialNumber: string;
	readonly ecid: bigint;
	readonly wifiAddress: string;
	readonly bluetoothAddress: string;
	readonly hardwareModel: string;
	readonly modelNumber: string;
	readonly regionInfo: string;
	readonly cpuArchitecture: string;
	/** Absent on devices without a modem. */
	readonly imei?: string;
	readonly phoneNumber?: string;
}
