import { readFileSync } from 'node:fs';

/** Bytes of `test/fixtures/device`; its README says how each file was made. */
export function deviceFixture(name: string): Buffer {
	return readFileSync(new URL(`../../fixtures/device/${name}`, import.meta.url));
}
