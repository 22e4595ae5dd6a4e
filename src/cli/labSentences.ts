import type { VirtualErrorCode } from '../virtual/index.ts';
import { showable } from './escape.ts';
import type { Advice, FailureFacts } from './facts.ts';

const own =
	(next?: string) =>
	(facts: FailureFacts): Advice => ({ what: showable(facts.message), next, complete: true });

/** Sentences for what the virtual lab refuses. Its own messages name what was wrong. */
export const labSentences: Record<VirtualErrorCode, (facts: FailureFacts) => Advice> = {
	BAD_ADDRESS: own('Write 127.0.0.1:PORT or the path of a socket: /tmp/lab.sock.'),
	ADDRESS_IN_USE: own('Choose another address, or stop what listens there.'),
	LISTEN_FAILED: own('Choose another address.'),
	STATE_UNUSABLE: own('Name another folder with --state, or an empty one.'),
	NO_LAB: own('Start one: `devicelab virtual start --listen 127.0.0.1:27115 --devices 3`.'),
	UNKNOWN_DEVICE: own('`devicelab devices --usbmux ADDRESS` lists the devices of the lab.'),
	AMBIGUOUS_DEVICE: own('Give more of the UDID.'),
	UNKNOWN_VERB: own('`devicelab virtual tell --help` lists what a device can be told.'),
	BAD_ARGUMENT: own('`devicelab virtual tell --help` shows how it is written.'),
	UNKNOWN_SETTING: own('`devicelab virtual tell --listen ADDR DEVICE state` shows the settings that exist.'),
	UNKNOWN_FAULT: own('`devicelab virtual tell --listen ADDR DEVICE faults` lists those that exist.'),
	FAILED: own(),
};
