import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

/** An RSA key that is made, or read from the state folder, when it is first needed: making one takes a good part of a second. */
export class LazyKey {
	readonly #obtain: () => Promise<KeyObject>;
	#key: Promise<KeyObject> | undefined;

	constructor(obtain: () => Promise<KeyObject> = generatePairingKey) {
		this.#obtain = obtain;
	}

	/** The private key. Several waiters share one making. */
	get(): Promise<KeyObject> {
		this.#key ??= this.#obtain();
		return this.#key;
	}

	/** Starts making the key without waiting for it. */
	prepare(): void {
		this.get().catch(() => {
			// Whoever needs the key gets the same failure.
		});
	}
}

/** RSA-2048, e = 65537, as pairing uses. */
export async function generatePairingKey(): Promise<KeyObject> {
	const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048, publicExponent: 65537 });
	return privateKey;
}

/** PEM, PKCS#8. */
export function privateKeyPem(key: KeyObject): string {
	return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

export function readPrivateKey(text: string): KeyObject {
	return createPrivateKey(text);
}

/** The `RSA PUBLIC KEY` block that lockdown's DevicePublicKey holds. */
export function publicKeyPem(privateKey: KeyObject): string {
	return createPublicKey(privateKey).export({ type: 'pkcs1', format: 'pem' }).toString();
}
