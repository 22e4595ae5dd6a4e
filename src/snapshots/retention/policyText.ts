import { isNamePattern } from '../select/namePattern.ts';
import { closest } from '../select/closest.ts';
import {
	badPolicy,
	DEFAULT_SAFETY_MAX_AGE_MS,
	KEEP_RULES,
	MAX_KEEP_COUNT,
	MAX_SAFETY_AGE_MS,
	type KeepCount,
	type KeepRule,
	type RetentionPolicy,
} from './policy.ts';

const HOUR_MS = 60 * 60 * 1000;
const UNITS = new Map([
	['h', HOUR_MS],
	['d', 24 * HOUR_MS],
	['w', 7 * 24 * HOUR_MS],
]);
const MAX_TEXT_LENGTH = 4096;
const WORDS = [...KEEP_RULES, 'safety', 'baseline'];

/**
 * Reads a policy as people write it: `last=5, daily=7, weekly=4, safety=14d, baseline=clean-*`.
 *
 * Each rule appears once, in any order, any case; `baseline` as often as there are patterns. Counts are at least 1, or `all`. `safety` is a
 * whole number of `h`ours, `d`ays or `w`eeks, or `forever`; 14 days when it is not mentioned. Whether to keep pins, heads and the newest is
 * not for a policy to say: applyRetention always does.
 *
 * @throws RetentionError `RETENTION_INVALID` - with a sentence that names the part at fault and what would be right.
 */
export function parseRetentionPolicy(text: string): RetentionPolicy {
	if (text.length > MAX_TEXT_LENGTH) {
		throw badPolicy(`A retention policy has at most ${MAX_TEXT_LENGTH} characters.`);
	}
	const keep: Partial<Record<KeepRule, KeepCount>> = {};
	const baselines: string[] = [];
	let safetyMaxAgeMs: number | 'forever' | undefined;
	const parts = text.split(',').map((part) => part.trim());
	if (parts.every((part) => part === '')) {
		throw badPolicy('The retention policy is empty. Write it like "last=5,daily=7,weekly=4".');
	}
	for (const part of parts) {
		const { rule, value } = ruleAndValue(part, text);
		if (rule === 'baseline') {
			baselines.push(readPattern(value));
		} else if (rule === 'safety') {
			refuseSecond(safetyMaxAgeMs, rule);
			safetyMaxAgeMs = readAge(value);
		} else {
			refuseSecond(keep[rule], rule);
			keep[rule] = readCount(rule, value);
		}
	}
	return { keep, safetyMaxAgeMs: safetyMaxAgeMs ?? DEFAULT_SAFETY_MAX_AGE_MS, baselines: [...new Set(baselines)] };
}

/** The text that parseRetentionPolicy reads back as the same policy: rules in their fixed order, the age of safety snapshots always said. */
export function formatRetentionPolicy(policy: RetentionPolicy): string {
	const counts = KEEP_RULES.flatMap((rule) => {
		const count = policy.keep[rule];
		return count === undefined || count === 0 ? [] : [`${rule}=${count}`];
	});
	return [...counts, `safety=${formatAge(policy.safetyMaxAgeMs)}`, ...policy.baselines.map((pattern) => `baseline=${pattern}`)].join(',');
}

function ruleAndValue(part: string, text: string): { rule: KeepRule | 'safety' | 'baseline'; value: string } {
	if (part === '') {
		throw badPolicy(`There is a comma too many in "${text}".`);
	}
	const equals = part.indexOf('=');
	const word = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
	const value = equals < 0 ? '' : part.slice(equals + 1).trim();
	if (word !== 'safety' && word !== 'baseline' && !isKeepRule(word)) {
		const guess = closest(word.replace(/^-*keep-?/, ''), WORDS);
		const hint = guess === undefined ? `The rules are ${WORDS.join(', ')}.` : `Did you mean "${guess}"?`;
		throw badPolicy(`"${word}" is no rule of retention. ${hint}`, { rule: word });
	}
	if (value === '') {
		throw badPolicy(`"${word}" needs a value, like "${word}=${exampleOf(word)}".`, { rule: word });
	}
	return { rule: word, value };
}

function readCount(rule: KeepRule, value: string): KeepCount {
	if (value.toLowerCase() === 'all') {
		return 'all';
	}
	const count = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
	if (count === 0) {
		throw badPolicy(`"${rule}=0" would keep none: leave the rule out.`, { rule, value });
	}
	if (!(count <= MAX_KEEP_COUNT)) {
		throw badPolicy(`"${rule}=${value}" is not a whole number from 1 to ${MAX_KEEP_COUNT}, nor "all".`, { rule, value });
	}
	return count;
}

function readAge(value: string): number | 'forever' {
	if (value.toLowerCase() === 'forever') {
		return 'forever';
	}
	const [, digits, unit = ''] = /^(\d{1,7})\s*([hdw])$/i.exec(value) ?? [];
	const age = Number(digits) * (UNITS.get(unit.toLowerCase()) ?? NaN);
	if (!(age <= MAX_SAFETY_AGE_MS)) {
		throw badPolicy(`"safety=${value}" is not an age like 12h, 14d or 8w, nor "forever".`, { rule: 'safety', value });
	}
	return age;
}

function readPattern(value: string): string {
	if (!isNamePattern(value)) {
		throw badPolicy(`"baseline=${value}" is no pattern of snapshot names. Use a name, with * for any text and ? for any character.`, {
			rule: 'baseline',
			value,
		});
	}
	return value;
}

function refuseSecond(present: unknown, rule: string): void {
	if (present !== undefined) {
		throw badPolicy(`"${rule}" is said twice.`, { rule });
	}
}

/** The largest unit that divides the age; parts of an hour, which the text cannot say, are rounded up: longer is the safe side. */
function formatAge(age: number | 'forever'): string {
	if (age === 'forever') {
		return age;
	}
	const hours = Math.ceil(age / HOUR_MS);
	return hours % 24 === 0 ? `${hours / 24}d` : `${hours}h`;
}

function exampleOf(word: KeepRule | 'safety' | 'baseline'): string {
	return word === 'safety' ? '14d' : word === 'baseline' ? 'clean-*' : '5';
}

function isKeepRule(word: string): word is KeepRule {
	return (KEEP_RULES as readonly string[]).includes(word);
}
