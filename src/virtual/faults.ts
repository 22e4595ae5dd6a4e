import { VirtualError } from './errors.ts';

/** A fault as `virtual tell … faults` lists it. Rooms of the lab export tables of these. */
export interface FaultDescription {
	readonly name: string;
	/** What follows the name, for a person: `[BYTES_PER_SECOND]`. Empty when nothing does. */
	readonly args: string;
	readonly summary: string;
	/** Stays until cleared, instead of striking once. */
	readonly stays?: boolean;
}

interface ArmedFault {
	readonly args: readonly string[];
	/** How often it still strikes; Infinity until cleared. */
	left: number;
}

/** What is armed on one device. The code that plays a fault asks for it by name where it strikes. */
export class FaultPlan {
	readonly #known: ReadonlyMap<string, FaultDescription>;
	readonly #armed = new Map<string, ArmedFault>();

	constructor(known: readonly FaultDescription[]) {
		this.#known = new Map(known.map((fault) => [fault.name, fault]));
	}

	/**
	 * Arms a fault, replacing an earlier one of the same name. It strikes once, `times` times, or until cleared when its description says so.
	 * @throws VirtualError `UNKNOWN_FAULT`
	 */
	arm(name: string, args: readonly string[] = [], times?: number): void {
		const description = this.#known.get(name);
		if (description === undefined) {
			throw new VirtualError('UNKNOWN_FAULT', `There is no fault named “${name}”. \`faults\` lists those that exist.`, {
				details: { name },
			});
		}
		this.#armed.set(name, { args: [...args], left: times ?? (description.stays === true ? Infinity : 1) });
	}

	/** The arguments of an armed fault, which thereby strikes once less; undefined when it is not armed. */
	take(name: string): readonly string[] | undefined {
		const fault = this.#armed.get(name);
		if (fault === undefined) {
			return undefined;
		}
		fault.left--;
		if (fault.left <= 0) {
			this.#armed.delete(name);
		}
		return fault.args;
	}

	/** The arguments of an armed fault, without using it up. */
	peek(name: string): readonly string[] | undefined {
		return this.#armed.get(name)?.args;
	}

	/** Disarms one fault, or all of them. */
	clear(name?: string): void {
		if (name === undefined) {
			this.#armed.clear();
		} else {
			this.#armed.delete(name);
		}
	}

	/** What is armed now, as `name arg…`. */
	list(): string[] {
		return [...this.#armed].map(([name, fault]) => [name, ...fault.args].join(' '));
	}

	/** Everything that can be armed. */
	get known(): FaultDescription[] {
		return [...this.#known.values()];
	}
}
