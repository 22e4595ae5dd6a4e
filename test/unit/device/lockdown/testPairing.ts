import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { createPairRecord } from '../../../../src/device/lockdown/pairing.ts';
import type { PairRecord } from '../../../../src/device/lockdown/pairRecord.ts';

/** A pair record made by this project, and the device's key that belongs to it. */
export interface TestPairing {
	readonly record: PairRecord;
	/** PEM. */
	readonly deviceKey: string;
	/** As lockdown gives it: PEM, PKCS#1. */
	readonly devicePublicKey: Buffer;
}

export async function createTestPairing(now = Date.now()): Promise<TestPairing> {
	const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
	const devicePublicKey = Buffer.from(createPublicKey(privateKey).export({ type: 'pkcs1', format: 'pem' }));
	const record = await createPairRecord({ devicePublicKey, wifiMacAddress: '02:00:00:00:00:01', systemBuid: 'TEST-BUID', now });
	return { record, deviceKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, devicePublicKey };
}
