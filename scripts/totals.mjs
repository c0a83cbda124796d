// The totals of the last `npm test`: `N passed, M failed` over jest and both CTest builds, from the reports they wrote.
// A check that failed without a failing test (format, lint, types, a build) counts as one failure.
// With --skipped: how many tests were skipped for each reason (test/fixtures/skipping.ts).
import { existsSync, readFileSync } from 'node:fs';

/** Returns the text of a report, or `otherwise` if its check did not write one. */
function report(name, otherwise) {
  const path = `build/reports/${name}`;
  return existsSync(path) ? readFileSync(path, 'utf8') : otherwise;
}

/** Returns the reason of a skipped test, which is the title of the block around it. */
function reasonOf(titles) {
  const title = titles.findLast((text) => text.startsWith('skipped: '));
  return title?.slice('skipped: '.length) ?? 'no reason given';
}

function jestTotals() {
  const { numPassedTests = 0, numFailedTests = 0, testResults = [] } = JSON.parse(report('jest.json', '{}'));
  const pending = testResults.flatMap(({ assertionResults }) => assertionResults);
  const skipped = pending.filter(({ status }) => status === 'pending').map((test) => reasonOf(test.ancestorTitles));
  return { passed: numPassedTests, failed: numFailedTests, skipped };
}

function ctestTotals(name) {
  const attribute = (key) => Number(new RegExp(`<testsuite[^>]*\\b${key}="(\\d+)"`).exec(text)?.[1] ?? 0);
  const text = report(name, '');
  const failed = attribute('failures');
  const passed = attribute('tests') - failed - attribute('skipped') - attribute('disabled');
  // CTest skips a test only if the processor lacks the instruction set at the end of its name.
  const names = [...text.matchAll(/<testcase name="([^"]*)"[^>]*>\s*<skipped/g)].map(([, test]) => test);
  return { passed, failed, skipped: names.map((test) => `this processor has no ${test.split('/').at(-1)}`) };
}

const byCheck = {
  jest: [jestTotals()],
  'test:native': [ctestTotals('native.xml')],
  'test:sanitized': [ctestTotals('native-sanitize.xml')],
};
const sum = (totals, key) => totals.reduce((total, one) => total + one[key], 0);
const all = Object.values(byCheck).flat();

if (process.argv[2] === '--skipped') {
  const counts = new Map();
  for (const reason of all.flatMap(({ skipped }) => skipped)) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  for (const [reason, count] of counts) console.log(`${count} ${count === 1 ? 'test' : 'tests'} skipped: ${reason}`);
} else {
  // Without the list of failed checks `npm test` did not finish, because the set-up failed.
  const failedChecks = report('failed-checks', 'setup').split('\n').filter(Boolean);
  const failedWithoutTest = failedChecks.filter((check) => sum(byCheck[check] ?? [], 'failed') === 0).length;
  console.log(`${sum(all, 'passed')} passed, ${sum(all, 'failed') + failedWithoutTest} failed`);
}
