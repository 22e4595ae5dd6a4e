import type { Random } from './random.ts';

/** Some words in a row. */
export function sentence(random: Random): string {
	return Array.from({ length: random.between(3, 14) }, () => random.pick(WORDS)).join(' ');
}

/** Made-up people. */
export const FIRST_NAMES = [
	'Ada',
	'Björn',
	'Chloé',
	'Dmitri',
	'Eun-ji',
	'Fatima',
	'Göran',
	'Hélène',
	'İpek',
	'João',
	'Kenji',
	'Łukasz',
	'Mei',
	'Nils',
];
export const LAST_NAMES = [
	'Example',
	'Sample',
	'Muster',
	'Ejemplo',
	'Nakamura',
	'O’Test',
	'Påhitt',
	'Quimby',
	'Ruiz',
	'Şahin',
	'Tremblay',
	'Üblich',
];
const WORDS = [
	'lunch',
	'later',
	'see',
	'you',
	'tomorrow',
	'the',
	'train',
	'is',
	'late',
	'again',
	'👍',
	'photos',
	'from',
	'weekend',
	'ok',
	'call',
	'me',
	'when',
	'home',
	'meeting',
	'moved',
	'to',
	'three',
	'thanks',
	'happy',
	'birthday',
	'🎉',
	'where',
	'are',
	'we',
	'going',
	'dinner',
	'tonight',
];
