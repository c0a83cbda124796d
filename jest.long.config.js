// `npm run test:long`: what CI has no time for: `*.long.test.ts`, and all of the files that have a `longTest`.
import { readdirSync, readFileSync } from 'node:fs';
import config from './jest.config.js';

process.env.INTERLATENT_LONG = '1';
const hasLongTests = (name) => readFileSync(new URL(`test/${name}`, import.meta.url), 'utf8').includes("'./long.js'");
const names = readdirSync(new URL('test', import.meta.url))
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => name.endsWith('.long.test.ts') || hasLongTests(name));

/** @type {import('jest').Config} */
export default {
  ...config,
  testMatch: names.map((name) => `**/${name}`),
  testPathIgnorePatterns: [],
  testTimeout: 1_800_000,
};
