// Tests that need something a machine may lack. They are skipped with a reason, and `npm test` prints how many tests
// each reason skips (scripts/totals.mjs).

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from '@jest/globals';

/** Begins the title of the block around a skipped test; scripts/totals.mjs reads the reason after it. */
const MARK = 'skipped: ';

type Body = () => void | Promise<void>;

interface Tests {
  (title: string, body: Body, timeout?: number): void;
  each: typeof test.each;
}

/** Returns `describe`, or a function that skips a block and gives `reason` if `isPossible` is false. */
export function describeIf(isPossible: boolean, reason: string): (title: string, body: () => void) => void {
  if (isPossible) return describe;
  return (title, body) => {
    describe.skip(MARK + reason, () => {
      describe(title, body);
    });
  };
}

/** Returns `test`, or a function that skips a test and gives `reason` if `isPossible` is false. */
export function testIf(isPossible: boolean, reason: string): Tests {
  if (isPossible) return test;
  const skipped = (title: string, body: Body, timeout?: number): void => {
    describe.skip(MARK + reason, () => {
      test(title, body, timeout);
    });
  };
  const each = (table: readonly unknown[]) => (title: string, body: Body, timeout?: number) => {
    describe.skip(MARK + reason, () => {
      test.each(table as [unknown])(title, body, timeout);
    });
  };
  return Object.assign(skipped, { each: each as unknown as typeof test.each });
}

/** Folder of data of other studies, which is not part of the repository. */
export const dataFolder = process.env['INTERLATENT_DATA'] ?? join(import.meta.dirname, '../../shared/data');

/** Returns `describe`, or a function that skips a block if a data set is not on this machine. */
export const describeWithData = (...names: readonly string[]) => describeIf(hasData(names), missingData(names));

/** Returns `test`, or a function that skips a test if a data set is not on this machine. */
export const testWithData = (...names: readonly string[]) => testIf(hasData(names), missingData(names));

const hasData = (names: readonly string[]) => names.every((name) => existsSync(join(dataFolder, name)));
const missingData = (names: readonly string[]) =>
  `no data of ${names.join(', ')} (INTERLATENT_DATA names their folder)`;
