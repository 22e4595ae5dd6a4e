'use strict';

/**
 * Node 22 and early 24 say that `node:sqlite` is experimental each time it is loaded. The engine knows; its users need not read it.
 * Every other warning passes. Bundled in front of each entry that may load the module, workers included.
 */
const emitWarning = process.emitWarning;
process.emitWarning = function (warning, ...rest) {
	if (typeof warning === 'string' && warning.startsWith('SQLite is an experimental feature')) {
		return;
	}
	emitWarning.call(process, warning, ...rest);
};
