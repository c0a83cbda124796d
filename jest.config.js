// Tests are TypeScript ES modules, which Node loads itself (test/runtime).
/** @type {import('jest').Config} */
export default {
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['\\.long\\.test\\.ts$'],
  testEnvironment: 'node',
  runtime: '<rootDir>/test/runtime/jest-runtime.cjs',
  transform: {},
  maxWorkers: 2,
  // Ends a test that hangs; the checks of the other lane (scripts/test) share the cores.
  testTimeout: 180_000,
};
