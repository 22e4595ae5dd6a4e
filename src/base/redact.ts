/** A UDID in each of its forms: 40 hex digits, or 8 and 16 with a dash or without. What else looks like one loses nothing by being short. */
const UDID = /\b(?:[0-9a-f]{40}|[0-9a-f]{8}-?[0-9a-f]{16})\b/gi;

/** IMEI, MEID, ICCID, ECID: long numbers that name one phone or one card. */
const LONG_NUMBER = /\b\d{14,20}\b/g;

const SHORT_UDID_LENGTH = 6;

/** A text for the log: UDIDs are cut to their last six digits, longer numbers of devices are left out. */
export function redacted(text: string): string {
	return text.replace(UDID, (udid) => `…${udid.slice(-SHORT_UDID_LENGTH)}`).replace(LONG_NUMBER, '…');
}
