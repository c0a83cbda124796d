// `npm run test:fast` leaves out tests that take long because they fit models, simulate cases or read whole data sets.
// The remaining tests take about a minute.
import config from './jest.config.js';

/** Numbers of the slow test files. */
const SLOW = [
  4, 5, 13, 17, 18, 19, 32, 34, 39, 45, 46, 52, 54, 55, 57, 58, 59, 61, 65, 66, 67, 68, 69, 80, 82, 84, 85, 87, 89,
];

/** @type {import('jest').Config} */
export default { ...config, testPathIgnorePatterns: [...config.testPathIgnorePatterns, `/test/(${SLOW.join('|')})-`] };
