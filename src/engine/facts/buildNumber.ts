/** In order: what a person or script said for this tool, then what the common build servers say. */
const VARIABLES = ['DEVICELAB_BUILD', 'GITHUB_RUN_NUMBER', 'BUILD_NUMBER', 'CI_PIPELINE_IID'] as const;

const MAX_BUILD_LENGTH = 64;

/**
 * The number (or name) of the build that this run belongs to, from the environment; undefined when none says so. At most 64 characters of
 * printable text: what is longer or is none counts as not said.
 */
export function readBuildNumber(environment: Readonly<Record<string, string | undefined>>): string | undefined {
	return VARIABLES.map((name) => environment[name]?.trim()).find(
		(value) => value !== undefined && value.length <= MAX_BUILD_LENGTH && /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u.test(value),
	);
}
