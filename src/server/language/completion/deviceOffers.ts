import * as l10n from '@vscode/l10n';
import { attachedDevice, deviceName, knownDevices, type LabFacts } from '../lookup/facts.ts';
import { findDevice } from '../lookup/findDevice.ts';
import { factsText, iosText, modelText, plain, whenText } from '../text.ts';
import type { Offer } from './offer.ts';

/** Devices for a task: names of the lab file, names that devices have, words, and UDIDs. */
export function deviceOffers(facts: LabFacts): readonly Offer[] {
	const friendly = [...(facts.lab.file?.devices.keys() ?? [])];
	const taken = new Set(friendly.map((name) => name.toLowerCase()));
	const known = knownDevices(facts);
	const names = known.map((udid) => deviceName(facts, udid));
	const isOnly = (name: string): boolean => names.filter((each) => each.toLowerCase() === name.toLowerCase()).length === 1;
	return [
		...friendly.map((name) => friendlyOffer(name, facts)),
		...known.flatMap((udid): Offer[] => {
			const name = deviceName(facts, udid);
			return isOnly(name) && !taken.has(name.toLowerCase()) && !udid.endsWith(name)
				? [{ kind: 'device', value: name, facts: deviceFacts(udid, facts), about: aboutDevice(udid, facts) }]
				: [];
		}),
		{ kind: 'word', value: 'select', facts: l10n.t('asks each time') },
		{ kind: 'word', value: 'last-selected', facts: l10n.t('the one chosen last in this window') },
		{ kind: 'word', value: 'all', facts: l10n.t('each one that is attached: {0}', facts.devices.length) },
		...udidOffers(facts),
	];
}

/** UDIDs with whose they are. */
export function udidOffers(facts: LabFacts): readonly Offer[] {
	return knownDevices(facts).map((udid) => ({
		kind: 'device',
		value: udid,
		facts: factsText([plain(deviceName(facts, udid)), deviceFacts(udid, facts)]),
		about: aboutDevice(udid, facts),
	}));
}

/** The names that devices call themselves by. */
export function nameOffers(facts: LabFacts): readonly Offer[] {
	const seen = new Set<string>();
	return knownDevices(facts).flatMap((udid): Offer[] => {
		const name = deviceName(facts, udid);
		if (seen.has(name) || udid.endsWith(name)) {
			return [];
		}
		seen.add(name);
		return [{ kind: 'device', value: name, facts: deviceFacts(udid, facts), about: aboutDevice(udid, facts) }];
	});
}

/** Model, iOS, and whether it is attached. */
export function deviceFacts(udid: string, facts: LabFacts): string {
	const device = attachedDevice(facts, udid);
	const newest = facts.snapshots.get(udid)?.[0];
	return device === undefined
		? factsText([newest?.model === undefined ? undefined : plain(newest.model), iosText(newest?.iosVersion), l10n.t('not attached')])
		: factsText([modelText(device), iosText(device.iosVersion), l10n.t('attached')]);
}

/** What is known of its snapshots, as a sentence. */
export function aboutDevice(udid: string, facts: LabFacts): string {
	const own = facts.snapshots.get(udid) ?? [];
	const [newest] = own;
	return newest === undefined
		? l10n.t('No snapshot of it yet.')
		: l10n.t('Snapshots: {0}, the last one of {1}.', own.length, whenText(newest.takenAt, facts));
}

function friendlyOffer(value: string, facts: LabFacts): Offer {
	const found = findDevice(value, facts);
	const isHere = found.kind === 'device';
	return {
		kind: 'device',
		value,
		facts: isHere
			? factsText([plain(deviceName(facts, found.udid)), deviceFacts(found.udid, facts)])
			: l10n.t('of the lab file; no phone here yet'),
		...(isHere ? { about: aboutDevice(found.udid, facts) } : {}),
	};
}
