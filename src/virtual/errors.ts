import { CodedError } from '../base/index.ts';

/** What starting and steering a virtual lab throws. Scripts read `code`: add codes, never rename them. */
export class VirtualError extends CodedError<VirtualErrorCode> {}

export type VirtualErrorCode =
	| 'BAD_ADDRESS' // the address to listen on, or to talk to, cannot be read
	| 'ADDRESS_IN_USE' // something listens there already: details.address
	| 'LISTEN_FAILED' // the operating system refused the address: details.address
	| 'STATE_UNUSABLE' // the state folder belongs to another lab, or cannot be read
	| 'NO_LAB' // nothing at the address, or something that is no virtual lab: details.address
	| 'UNKNOWN_DEVICE' // no device of the lab has this UDID, prefix or name
	| 'AMBIGUOUS_DEVICE' // several devices do: details.candidates
	| 'UNKNOWN_VERB' // the lab knows no such order
	| 'BAD_ARGUMENT' // an order was given with arguments that it does not take
	| 'UNKNOWN_SETTING'
	| 'UNKNOWN_FAULT'
	| 'FAILED'; // an order failed: the message says how
