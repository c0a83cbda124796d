// typescript-eslint's strict, type-aware rules for all TypeScript; plain rules for the few scripts in JavaScript.
import eslint from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'build*/', 'coverage/', 'node_modules/', 'runs/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.mts', '**/*.cts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      // One import of a module: types inline beside values, `import type` where there are only types.
      'no-duplicate-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: ':matches(PropertyDefinition, MethodDefinition[kind!="constructor"])[accessibility="private"]',
          message: 'Private members are #members.',
        },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Map lookups whose key the line before has put there: an assertion says so, a check would be dead code.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // A loop over `for (;;)` or `while (true)` is how parsers and sequences are written.
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
    },
  },
  // The command line and the benchmark print.
  {
    files: ['src/cli/**', 'bench/**', 'examples/**', 'scripts/**', 'test/bad-inputs/main.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { require: 'readonly', module: 'writable', __dirname: 'readonly' },
    },
  },
  prettier,
  // After prettier's configuration, which turns it off: prettier breaks code, but neither comments nor strings.
  {
    files: ['**/*.ts', '**/*.mjs', '**/*.js', '**/*.cjs'],
    rules: { 'max-len': ['error', { code: 120, ignoreUrls: true, ignoreRegExpLiterals: true }] },
  },
  // After prettier's configuration, which turns it off: a body on a line of its own stands in braces.
  { files: ['**/*.ts', '**/*.mjs', '**/*.js', '**/*.cjs'], rules: { curly: ['error', 'multi-line', 'consistent'] } },
);
