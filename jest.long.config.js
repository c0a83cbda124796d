// `npm run test:long`: the tests that fit for long to show a quality, which CI has no time for.
import config from './jest.config.js';

/** @type {import('jest').Config} */
export default { ...config, testMatch: ['**/*.long.test.ts'], testPathIgnorePatterns: [], testTimeout: 1_800_000 };
