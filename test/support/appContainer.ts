import assert from 'node:assert/strict';
import {
	HOUSE_ARREST_SERVICE,
	listAttachedDevices,
	MuxClient,
	PairedDevice,
	parseMuxAddress,
	vendContainer,
	type AfcClient,
} from '../../src/device/index.ts';
import type { TestLab } from './virtualLab.ts';

/** Works in the container of an app of the lab's first device by hand, beside the engine. */
export async function inContainer<T>(lab: TestLab, bundleId: string, use: (afc: AfcClient) => Promise<T>): Promise<T> {
	const { devices } = await listAttachedDevices([new MuxClient(parseMuxAddress(lab.address))], {});
	const device = devices.find(({ udid }) => udid === lab.udid);
	assert.ok(device);
	const paired = await PairedDevice.open(device);
	const afc = await vendContainer(await paired.openService(HOUSE_ARREST_SERVICE), { target: 'container', bundleId });
	try {
		return await use(afc);
	} finally {
		afc.close();
	}
}
