// Tests are TypeScript ES modules, which Node loads (test/jest).

// With these settings, Mesa's Vulkan on the processor compiles shaders in a third of the time. They are set here,
// because variables that a test sets do not reach libraries.
process.env['GALLIVM_PERF'] ??= 'nopt';
process.env['LP_NATIVE_VECTOR_WIDTH'] ??= '128';

/** @type {import('jest').Config} */
export default {
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['\\.(long|scale)\\.test\\.ts$'],
  testEnvironment: 'node',
  runtime: '<rootDir>/test/jest/jest-runtime.cjs',
  transform: {},
  maxWorkers: 2,
  // Ends a test that hangs. The limit is long, because the checks of the other lane (scripts/test) use the same cores.
  testTimeout: 180_000,
};
