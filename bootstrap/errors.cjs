'use strict';

/** What this folder throws: a sentence for the person who typed the command. */
class BootstrapError extends Error {}

module.exports = { BootstrapError };
