// Cases that must be refused: one coded error that says what came and what to do, and a disk that stays as it was.

import { expect, test } from '@jest/globals';
import { InputError, type FileError } from '../src/errors.js';
import type { Scratch } from './scratch.js';

/** Name, code, what the message must say, and the call. */
export type Case = readonly [name: string, code: string, says: RegExp, run: () => unknown];

/** @returns makes a test of each case; the files of `snapshot` must stay as they are */
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
