import type { Node } from 'jsonc-parser';
import type { LabFileDevice } from '../../../contract/index.ts';

/**
 * How sure it is that something is wrong. `error`: it cannot work as it is written. `warning`: it fails as things stand. `info`: a person will be
 * asked, or nothing is known of it here. `hint`: nothing is wrong, but it is not at hand now.
 */
export type Severity = 'error' | 'warning' | 'info' | 'hint';

/** What a person can have done about a problem. */
export type Fix =
	/** Writes another text in the place of the one that is complained about. */
	| { readonly kind: 'replace'; readonly title: string; readonly text: string }
	/** Adds a device to the lab file, which is made when there is none. */
	| { readonly kind: 'addDevice'; readonly title: string; readonly name: string; readonly device: LabFileDevice }
	| { readonly kind: 'command'; readonly title: string; readonly command: string; readonly argument: Readonly<Record<string, unknown>> };

/** Something in a document that somebody should know. */
export interface Problem {
	/** For settings and tests; the words are in `message`. */
	readonly code: ProblemCode;
	readonly severity: Severity;
	readonly node: Node;
	readonly message: string;
	/** The most likely one first. */
	readonly fixes: readonly Fix[];
}

export type ProblemCode =
	| 'unknown-device'
	| 'ambiguous-device'
	| 'device-not-attached'
	| 'lab-device-not-here'
	| 'field-missing'
	| 'unknown-snapshot'
	| 'ambiguous-snapshot'
	| 'password-not-remembered'
	| 'ios-too-old'
	| 'damaged-snapshot'
	| 'unknown-task'
	| 'baseline-not-here';
