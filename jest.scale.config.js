// `npm run test:scale` tests fits that many processes share, with every way to start them.
import config from './jest.config.js';

/** @type {import('jest').Config} */
export default {
  ...config,
  testMatch: ['**/*.scale.test.ts', '**/serving/bullmq.test.ts'],
  testPathIgnorePatterns: [],
  maxWorkers: 1,
  testTimeout: 600_000,
};
