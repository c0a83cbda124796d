// Tests that take too long for CI. They are in the file of their subject, and `npm run test:long` runs them with it.

import { testIf } from './skipping.js';

export const longTest = testIf(process.env['INTERLATENT_LONG'] !== undefined, 'they take long: npm run test:long');
