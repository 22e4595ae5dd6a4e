/** What an offered value is, for the icon beside it. */
export type OfferKind = 'device' | 'snapshot' | 'app' | 'word' | 'task' | 'command';

/** A value that can be put in. */
export interface Offer {
	readonly kind: OfferKind;
	/** The value itself. */
	readonly value: string;
	/** As the list shows it, where that is not the value. */
	readonly label?: string;
	/** Beside it. */
	readonly facts?: string | undefined;
	/** Sentences about it. */
	readonly about?: string | undefined;
}

/** Offers, and the part of the text that the chosen one takes the place of. */
export interface Offers {
	readonly offers: readonly Offer[];
	readonly offset: number;
	readonly length: number;
	/** How a value is written there: as a JSON text with its quotation marks, or within one that is there. */
	readonly as: 'json' | 'inside';
	/** There are more than are told. */
	readonly isCut: boolean;
}

/** A list is for reading; who writes on sees the others. */
export const MAX_OFFERS = 300;
