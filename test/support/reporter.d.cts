import type { reporters } from 'mocha';

/** See reporter.cjs. */
declare const CountingReporter: typeof reporters.Base;
export = CountingReporter;
