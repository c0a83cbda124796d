// `npm run test:long` runs tests that take too long for CI: `*.long.test.ts`, and all files that contain a `longTest`.
import { readdirSync, readFileSync } from 'node:fs';
import config from './jest.config.js';

process.env.INTERLATENT_LONG = '1';
const hasLongTests = (name) => readFileSync(new URL(`test/${name}`, import.meta.url), 'utf8').includes("/long.js'");
const names = readdirSync(new URL('test', import.meta.url), { recursive: true })
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => name.endsWith('.long.test.ts') || hasLongTests(name));

/** @type {import('jest').Config} */
export default {
  ...config,
  testMatch: names.map((name) => `**/${name}`),
  testPathIgnorePatterns: [],
  testTimeout: 1_800_000,
};
