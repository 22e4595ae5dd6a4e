import type { Random } from './random.ts';

/**
 * Sizes of `count` files that together have `bytes` bytes, but for rounding: many small, few large, some empty.
 * @param deviation - how far they differ, as the standard deviation of their logarithms.
 */
export function spread(random: Random, count: number, bytes: number, deviation: number): number[] {
	const weights = Array.from({ length: count }, () => (random.chance(0.01) ? 0 : random.weight(deviation)));
	const sum = weights.reduce((total, weight) => total + weight, 0);
	return weights.map((weight) => (sum === 0 ? 0 : Math.floor((bytes * weight) / sum)));
}
