/** The themes that tests and screenshots use, by the ids that settings have. */
export const themeIds = {
	dark: 'Dark Modern',
	light: 'Light Modern',
	highContrast: 'Default High Contrast',
	highContrastLight: 'Default High Contrast Light',
} as const;

/** A theme by the name that tests use. */
export type Theme = keyof typeof themeIds;

/** The files that the themes are in, which the page names in its classes. */
export const themeFiles: Readonly<Record<Theme, string>> = {
	dark: 'dark_modern',
	light: 'light_modern',
	highContrast: 'hc_black',
	highContrastLight: 'hc_light',
};

/** The names that the editor's own choice of themes shows. */
export const themeTitles: Readonly<Record<Theme, string>> = {
	dark: 'Dark Modern',
	light: 'Light Modern',
	highContrast: 'Dark High Contrast',
	highContrastLight: 'Light High Contrast',
};

/** Those that a suite of many pictures is run in: the fourth differs from the third in its colours alone. */
export const mainThemes: readonly Theme[] = ['dark', 'light', 'highContrast'];

/** User settings of an editor that does nothing by itself: no start page, no suggestions, no look-ups. */
export const quietSettings: Readonly<Record<string, unknown>> = {
	'workbench.startupEditor': 'none',
	'workbench.colorTheme': themeIds.dark,
	'workbench.enableExperiments': false,
	'workbench.tips.enabled': false,
	'workbench.secondarySideBar.defaultVisibility': 'hidden',
	'chat.disableAIFeatures': true,
	'chat.commandCenter.enabled': false,
	'extensions.ignoreRecommendations': true,
	'extensions.autoCheckUpdates': false,
	'extensions.autoUpdate': false,
	'telemetry.telemetryLevel': 'off',
	'update.mode': 'none',
	'typescript.disableAutomaticTypeAcquisition': true,
	'git.enabled': false,
	// The text of a terminal is in the page only when the processor draws it.
	'terminal.integrated.gpuAcceleration': 'off',
};
