// Tests that CI has no time for, where they belong: `npm run test:long` runs them, with the whole of their files.

import { testIf } from './skipping.js';

export const longTest = testIf(process.env['INTERLATENT_LONG'] !== undefined, 'they take long: npm run test:long');
