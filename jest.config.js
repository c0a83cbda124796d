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
  // Of the libraries ml-matrix, which has most of the loops.
  transform: { '\\.ts$|/ml-matrix/.*\\.js$': '<rootDir>/jest.transform.js' },
  transformIgnorePatterns: ['/node_modules/(?!ml-matrix/)'],
  maxWorkers: 2,
  // Ends a test that hangs; the checks of the other lane (scripts/test) share the cores.
  testTimeout: 180_000,
};
