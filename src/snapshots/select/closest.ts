/**
 * The word that was probably meant: the one that the fewest changes of one letter lead to, if those are few for its length; undefined otherwise.
 * Of equally close words the first.
 */
export function closest(word: string, words: readonly string[]): string | undefined {
	let best: string | undefined;
	let bestDistance = Infinity;
	for (const each of words) {
		const distance = editDistance(word, each);
		if (distance <= Math.min(3, Math.floor(Math.max(each.length, word.length) / 3)) && distance < bestDistance) {
			best = each;
			bestDistance = distance;
		}
	}
	return best;
}

/** Letters changed, left out, put in, or swapped with their neighbour (optimal string alignment), a row at a time. */
function editDistance(a: string, b: string): number {
	let beforeLast: number[] = [];
	let last = Array.from({ length: b.length + 1 }, (_, index) => index);
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let j = 1; j <= b.length; j++) {
			const change = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
			const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
			const swap = swapped ? at(beforeLast, j - 2) + 1 : Infinity;
			row.push(Math.min(change, swap, at(last, j) + 1, at(row, j - 1) + 1));
		}
		beforeLast = last;
		last = row;
	}
	return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
	return row[index] ?? Infinity;
}
