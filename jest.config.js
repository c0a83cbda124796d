// Tests are TypeScript ES modules: swc strips the types, Node's vm modules run them. The flag that turns those on,
// --experimental-vm-modules, comes from .npmrc, so `npx jest` and `npm run jest -- test/10-…` work as they are;
// without npm: `node --experimental-vm-modules node_modules/jest/bin/jest.js`.
/** @type {import('jest').Config} */
export default {
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['\\.long\\.test\\.ts$'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '\\.ts$': '<rootDir>/jest.transform.js' },
  maxWorkers: 2,
  // Ends a test that hangs; the checks of the other lane (scripts/test) share the cores.
  testTimeout: 180_000,
};
