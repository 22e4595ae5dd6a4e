/** Plain data as it comes from and goes into JSON. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue | undefined };

/** JSON with keys in order and no blanks: equal data gives equal bytes. Absent and undefined fields are the same. */
export function canonicalJson(value: JsonValue): string {
	if (Array.isArray(value)) {
		return `[${(value as readonly JsonValue[]).map(canonicalJson).join(',')}]`;
	}
	if (typeof value === 'object' && value !== null) {
		const fields = Object.entries(value as Readonly<Record<string, JsonValue | undefined>>)
			.filter((field): field is [string, JsonValue] => field[1] !== undefined)
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
		return `{${fields.join(',')}}`;
	}
	return JSON.stringify(value);
}
