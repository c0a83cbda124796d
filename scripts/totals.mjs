// The totals of the last `npm test`: `N passed, M failed` over jest and both CTest builds, from the reports they wrote.
// A check that failed without a failing test (format, lint, types, a build) counts as one failure.
import { existsSync, readFileSync } from 'node:fs';

/** A report's text, or what stands for it when its check never came to write it. */
function report(name, otherwise) {
  const path = `build/reports/${name}`;
  return existsSync(path) ? readFileSync(path, 'utf8') : otherwise;
}

function jestTotals() {
  const { numPassedTests = 0, numFailedTests = 0 } = JSON.parse(report('jest.json', '{}'));
  return { passed: numPassedTests, failed: numFailedTests };
}

function ctestTotals(name) {
  const attribute = (key) => Number(new RegExp(`<testsuite[^>]*\\b${key}="(\\d+)"`).exec(text)?.[1] ?? 0);
  const text = report(name, '');
  const failed = attribute('failures');
  return { passed: attribute('tests') - failed - attribute('skipped') - attribute('disabled'), failed };
}

const byCheck = {
  jest: [jestTotals()],
  'test:native': [ctestTotals('native.xml')],
  'test:sanitized': [ctestTotals('native-sanitize.xml')],
};
const sum = (totals, key) => totals.reduce((total, one) => total + one[key], 0);
const all = Object.values(byCheck).flat();

// Without the list of failed checks `npm test` did not come to its end: the set-up failed.
const failedChecks = report('failed-checks', 'setup').split('\n').filter(Boolean);
const failedWithoutTest = failedChecks.filter((check) => sum(byCheck[check] ?? [], 'failed') === 0).length;

console.log(`${sum(all, 'passed')} passed, ${sum(all, 'failed') + failedWithoutTest} failed`);
