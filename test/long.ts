// Tests that CI has no time for, where they belong: `npm run test:long` runs them, with the whole of their files.

import { test } from '@jest/globals';

export const longTest = process.env['INTERLATENT_LONG'] === undefined ? test.skip : test;
