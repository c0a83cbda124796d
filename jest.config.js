// Tests are TypeScript ES modules, which Node loads itself (test/runtime).

// Mesa's Vulkan on the processor translates shaders in a third of the time so. Here, since what a test sets of its
// environment does not reach libraries.
process.env['GALLIVM_PERF'] ??= 'nopt';
process.env['LP_NATIVE_VECTOR_WIDTH'] ??= '128';

/** @type {import('jest').Config} */
export default {
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['\\.(long|scale)\\.test\\.ts$'],
  testEnvironment: 'node',
  runtime: '<rootDir>/test/runtime/jest-runtime.cjs',
  transform: {},
  maxWorkers: 2,
  // Ends a test that hangs; the checks of the other lane (scripts/test) share the cores.
  testTimeout: 180_000,
};
