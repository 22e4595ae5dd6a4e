import { domainKindOf, isSetting, type RestoreRules } from '../files/index.ts';
import type { RestoreOptions } from './messages.ts';

/**
 * Which places a restore puts back. Unverified: iOS's own rules; these follow the names of the options.
 *
 * - System domains only with `RestoreSystemFiles`.
 * - Settings, unless `RestorePreserveSettings` keeps the present ones.
 * - The camera roll, unless `RestorePreserveCameraRoll` keeps the present one.
 * - Everything else always.
 */
export function restoreRules(options: RestoreOptions): RestoreRules {
	return {
		restores: (domain, path) => {
			if (domainKindOf(domain) === 'system' && !options.systemFiles) {
				return false;
			}
			if (options.preserveSettings && isSetting(domain, path)) {
				return false;
			}
			return !(options.preserveCameraRoll && domain === 'CameraRollDomain');
		},
		removeItemsNotRestored: options.removeItemsNotRestored,
	};
}
