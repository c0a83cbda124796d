// `npm run test:scale`: fits that many processes share, by all that starts them.
import config from './jest.config.js';

/** @type {import('jest').Config} */
export default {
  ...config,
  testMatch: ['**/*.scale.test.ts', '**/93-bullmq.test.ts'],
  testPathIgnorePatterns: [],
  maxWorkers: 1,
  testTimeout: 600_000,
};
