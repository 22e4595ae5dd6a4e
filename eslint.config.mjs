import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import layers from './eslint.layers.mjs';

/** `require`, `process` and the like, for the few plain scripts that run on any Node. */
const commonJs = {
	require: 'readonly',
	module: 'writable',
	process: 'readonly',
	console: 'readonly',
	Buffer: 'readonly',
	__dirname: 'readonly',
	__filename: 'readonly',
};

export default defineConfig(
	globalIgnores(['dist/', 'out/', 'coverage/', 'test/fixtures/']),
	{ linterOptions: { reportUnusedDisableDirectives: 'error' } },
	eslint.configs.recommended,
	{
		files: ['**/*.js', '**/*.cjs'],
		languageOptions: { sourceType: 'commonjs', globals: commonJs },
	},
	{
		files: ['**/*.mjs'],
		languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
	},
	{
		files: ['**/*.ts'],
		extends: [tseslint.configs.recommendedTypeChecked],
		languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
		rules: {
			'@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
			'@typescript-eslint/no-explicit-any': 'error',
			'@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
			'@typescript-eslint/no-unnecessary-type-assertion': 'error',
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
			'@typescript-eslint/prefer-readonly': 'error',
			'@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
			'@typescript-eslint/return-await': ['error', 'in-try-catch'],
			'@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
			// An interface may ask for a promise that an implementation has at once.
			'@typescript-eslint/require-await': 'off',
		},
	},
	{
		rules: {
			curly: 'error',
			eqeqeq: 'error',
			// A block with nothing but a comment passes: ignoring a failure needs one that says why it cannot hurt.
			'no-empty': 'error',
			'object-shorthand': 'error',
			'prefer-const': 'error',
		},
	},
	{
		files: ['src/**/*.ts'],
		plugins: { layers },
		rules: {
			'layers/imports': 'error',
			'layers/front-door': 'error',
			'max-lines': ['error', { max: 400 }],
			'no-console': 'error',
		},
	},
	{
		// Standard output and standard error are what the command line is made of.
		files: ['src/cli/**/*.ts'],
		rules: { 'no-console': 'off' },
	},
	{
		files: ['test/**/*.ts', 'bench/**/*.ts'],
		rules: {
			// `describe` and `it` return nothing that could be awaited, and fakes leave out what a test does not use.
			'@typescript-eslint/no-empty-function': 'off',
		},
	},
);
