import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/** Tests that would quietly run less than they seem to. */
const focusedTests = [
  {
    selector:
      "CallExpression[callee.property.name='only'][callee.object.name=/^(test|it|describe|suite)$/]",
    message: 'A focused test hides the others.',
  },
  {
    selector: "Property[key.name='only'][value.value=true]",
    message: 'A focused test hides the others.',
  },
];

export default defineConfig(
  globalIgnores([
    ...['build/', 'dist/', 'dist-test/', 'prebuilds/', '**/node_modules/'],
    // What test/programs has linters and formatters do.
    'test/programs/fixtures/',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    rules: {
      curly: ['error', 'multi-line'],
      eqeqeq: ['error', 'always'],
      'no-console': 'error',
      'no-else-return': 'error',
      'no-implicit-coercion': 'error',
      'no-param-reassign': 'error',
      'no-shadow': 'off',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'prefer-template': 'error',
    },
  },
  {
    files: ['**/*.{ts,mts,cts}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      // The compiler asks for brackets where the type has an index signature.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      // The output is CommonJS, and what few callers need is loaded when it is needed.
      '@typescript-eslint/no-require-imports': 'off',
      // Callers in plain JavaScript and runtimes other than Node do not keep what the types promise.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Calls what gives an `any` its type unnecessary, and its absence unsafe.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      // Takes what require() gives for another class of the same name.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Does not know enums of bit flags.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    files: ['test/**/*.{ts,mts}'],
    rules: {
      'no-restricted-syntax': ['error', ...focusedTests],
      // test() and describe() return promises that node:test itself waits for.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', name: ['test', 'it', 'describe', 'suite'], package: 'node:test' },
          ],
        },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
      // What undici, http2 and the like export is called as they document it.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['lib/cli/**', 'test/**/*.{cjs,mjs}', 'test/examples/**', 'native/**/*.mjs'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/examples/single-executable/banner.mjs'],
    rules: { 'no-unused-vars': 'off' },
  },
  {
    files: ['test/examples/frameworks/*.cjs'],
    languageOptions: { globals: globals.jest },
  },
  { files: ['**/*.{js,mjs}'], languageOptions: { globals: globals.node } },
  { files: ['**/*.cjs'], languageOptions: { globals: globals.node, sourceType: 'commonjs' } },
);
