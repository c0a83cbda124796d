// Options of a public function, each given wrong things, or misspelt.

import { expect, test } from '@jest/globals';

import { InterlatentError } from '../src/errors.js';

const WRONG: Readonly<Record<string, unknown>> = {
  null: null,
  NaN: NaN,
  'minus one': -1,
  'a half': 0.5,
  'too large': 2 ** 53,
  true: true,
  text: 'x',
  'an empty text': '',
  'a BigInt': 1n,
  'a symbol': Symbol('x'),
  'a list of nothing': [undefined],
  'an empty object': {},
  'a function': () => 1,
  'a date': new Date(0),
};

/** All options that a function has: one that is not here does not compile. */
export type OptionNames<Options> = { readonly [Name in keyof Options]-?: true };

/** What comes of a call: the code of its error, `result`, or what else it was. */
async function outcome(call: () => unknown): Promise<string> {
  try {
    const result: unknown = await call();
    const isMany = result !== null && typeof result === 'object' && Symbol.asyncIterator in result;
    if (isMany) await (result as AsyncIterable<unknown>)[Symbol.asyncIterator]().next();
    return 'result';
  } catch (error) {
    if (error instanceof InterlatentError) return error.code;
    return `not coded: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

/**
 * A test that wrong options end in an InterlatentError, or in a result where a wrong thing happens to be right.
 * @param names of all options, for example `{ seed: true }`
 * @param needed options that must be there, right ones
 */
export function testOptions<Options>(
  name: string,
  names: OptionNames<Options>,
  call: (options: Options) => unknown,
  needed: () => Partial<Options> = () => ({}),
): void {
  const answer = (options: unknown) => outcome(() => call(options as Options));
  test(name, async () => {
    expect(await answer({ ...needed(), nonsense: 1 })).toMatch(/^(unknown-option|invalid-setting)$/);
    const found: string[] = [];
    for (const option of Object.keys(names)) {
      for (const [kind, value] of Object.entries(WRONG)) {
        const told = await answer({ ...needed(), [option]: value });
        if (told.startsWith('not coded')) found.push(`${option} ${kind}: ${told}`);
      }
    }
    expect(found).toEqual([]);
    for (const value of [null, 3, 'x', [], () => 1]) expect(await answer(value)).toBe('invalid-argument');
  });
}
