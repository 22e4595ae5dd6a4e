#!/usr/bin/env node
'use strict';

/**
 * Stands in for the `code` executable where no desktop editor can be had: `@vscode/test-electron` starts it with the arguments that it would
 * give to `code`. The work is done by codeShim.ts, which needs a newer Node than this may be.
 */
const path = require('node:path');

process.argv.splice(2, 0, path.join(__dirname, 'codeShim.ts'));
require('../../../bootstrap/run.cjs');
