import type { Known } from '../contract/index.ts';

/** What a device says, or that it does not say; never a guess. */
export function known(value: boolean | undefined): Known {
	return value === undefined ? 'unknown' : value ? 'on' : 'off';
}

/** An absent value makes an absent field, so that JSON says nothing where nothing is known. */
export function present<Key extends string, Value>(key: Key, value: Value | undefined): Partial<Record<Key, Value>> {
	return value === undefined ? {} : ({ [key]: value } as Record<Key, Value>);
}
