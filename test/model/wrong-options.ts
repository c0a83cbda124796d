// Tests the options of a public function with wrong values and a misspelt name.

import { expect, test } from '@jest/globals';

import type { Shape } from '../../src/errors/argument.js';
import { InterlatentError } from '../../src/errors/errors.js';

type Kind = 'number' | 'boolean' | 'text' | 'list' | 'function' | 'object' | 'no type of an option';

const WRONG: readonly { readonly name: string; readonly value: unknown; readonly kind: Kind }[] = [
  { name: 'null', value: null, kind: 'no type of an option' },
  { name: 'NaN', value: NaN, kind: 'number' },
  { name: 'minus one', value: -1, kind: 'number' },
  { name: 'a half', value: 0.5, kind: 'number' },
  { name: 'too large', value: 2 ** 53, kind: 'number' },
  { name: 'true', value: true, kind: 'boolean' },
  { name: 'text', value: 'x', kind: 'text' },
  { name: 'an empty text', value: '', kind: 'text' },
  { name: 'a BigInt', value: 1n, kind: 'no type of an option' },
  { name: 'a symbol', value: Symbol('x'), kind: 'no type of an option' },
  { name: 'a list of nothing', value: [undefined], kind: 'list' },
  { name: 'an empty object', value: {}, kind: 'object' },
  { name: 'a function', value: () => 1, kind: 'function' },
  { name: 'a date', value: new Date(0), kind: 'object' },
];

/** Options that are checked on use: the types that they accept, and the error code for other types. */
const BY_USE: Readonly<Record<string, { readonly kinds: readonly Kind[]; readonly code: string }>> = {
  knowledge: { kinds: ['object'], code: 'invalid-knowledge' },
  compatibility: { kinds: [], code: 'unknown-compatibility' },
  folder: { kinds: ['text'], code: 'invalid-argument' },
  against: { kinds: ['text', 'number', 'object'], code: 'invalid-option' },
  metrics: { kinds: ['boolean'], code: 'invalid-option' },
  edges: { kinds: ['list'], code: 'invalid-option' },
  sets: { kinds: ['text', 'list'], code: 'invalid-argument' },
};

/** True if a wrong value has the type of the shape. */
function isOfKind(kind: Kind, shape: Shape): boolean {
  if (typeof shape === 'string') return shape === kind;
  // A list of undefined matches no list shape.
  if (Array.isArray(shape)) return false;
  return kind === 'object' && Object.keys(shape).every((field) => field.endsWith('?'));
}

/** Returns the expected error code of a wrong value; undefined if it has the right type. */
function refusal(option: string, shape: Shape, kind: Kind): string | undefined {
  if (shape !== 'anything') return isOfKind(kind, shape) ? undefined : 'invalid-argument';
  const { kinds, code } = BY_USE[option];
  return kinds.includes(kind) ? undefined : code;
}

/** Returns the error code of a call, `result`, or a description of another error. */
async function outcome(call: () => unknown): Promise<string> {
  try {
    const result: unknown = await call();
    const isMany = result !== null && typeof result === 'object' && Symbol.asyncIterator in result;
    if (isMany) {
      const items = (result as AsyncIterable<unknown>)[Symbol.asyncIterator]();
      await items.next();
      await items.return?.();
    }
    return 'result';
  } catch (error) {
    if (error instanceof InterlatentError) return error.code;
    return `not coded: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

/**
 * Tests the options of a function. A value of a wrong type must be refused as such. A wrong value of the right type
 * must give an InterlatentError, or a result if it happens to be valid.
 * @param shapes shapes of all options, which the function checks
 * @param needed valid values of required options
 */
export function testOptions<Options>(
  name: string,
  shapes: { readonly [Name in keyof Options]-?: Shape },
  call: (options: Options) => unknown,
  needed: () => Partial<Options> = () => ({}),
): void {
  const answer = (options: unknown) => outcome(() => call(options as Options));
  test(name, async () => {
    expect(await answer({ ...needed(), nonsense: 1 })).toMatch(/^(unknown-option|invalid-setting)$/);
    const failures: string[] = [];
    for (const [option, shape] of Object.entries<Shape>(shapes)) {
      for (const { name: wrong, value, kind } of WRONG) {
        const actual = await answer({ ...needed(), [option]: value });
        const wanted = refusal(option, shape, kind);
        const isRight = wanted === undefined ? !actual.startsWith('not coded') : actual === wanted;
        if (!isRight) failures.push(`${option} ${wrong}: ${actual}`);
      }
    }
    expect(failures).toEqual([]);
    for (const value of [null, 3, 'x', [], () => 1]) expect(await answer(value)).toBe('invalid-argument');
  });
}
