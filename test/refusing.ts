// Tests of cases that must be refused with one coded error, without changes of the disk.

import { expect, test } from '@jest/globals';
import { InputError, type FileError } from '../src/errors.js';
import type { Scratch } from './scratch.js';

/** Name, error code, expected message, and the call. */
export type Case = readonly [name: string, code: string, says: RegExp, run: () => unknown];

/** Returns a function that tests each case. The files of `snapshot` must not change. */
export function refusing(snapshot: Scratch['snapshot']) {
  return (cases: readonly Case[], kind: typeof InputError | typeof FileError = InputError): void => {
    test.each(cases)('%s', async (_, code, says, run) => {
      const before = snapshot();
      const problem: unknown = await Promise.resolve()
        .then(run)
        .then(
          () => undefined,
          (error: unknown) => error,
        );
      expect(problem).toBeInstanceOf(kind);
      expect(problem).toMatchObject({ code, message: expect.stringMatching(says) });
      expect(snapshot()).toEqual(before);
    });
  };
}
