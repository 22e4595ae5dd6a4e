import { registerHooks } from 'node:module';

/**
 * Makes `import … from 'vscode'` work without an editor, with the small stand-in of `vscodeStandIn.ts`. Import this first, and what is tested
 * with `await import(…)`: static imports are resolved before any of them runs.
 */
registerHooks({
	resolve: (specifier, context, next) =>
		specifier === 'vscode' ? { url: new URL('./vscodeStandIn.ts', import.meta.url).href, shortCircuit: true } : next(specifier, context),
});

/** What the stand-in was told to show, and what it answers: one for all tests of a process; `reset` before each. */
export { editor } from './vscodeState.ts';
