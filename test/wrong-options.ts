// Options of a public function, each given wrong things, or misspelt.

import { expect, test } from '@jest/globals';

import type { Shape } from '../src/argument.js';
import { InterlatentError } from '../src/errors.js';

type Kind = 'number' | 'boolean' | 'text' | 'list' | 'function' | 'object' | 'nothing that an option is';

const WRONG: readonly { readonly name: string; readonly value: unknown; readonly kind: Kind }[] = [
  { name: 'null', value: null, kind: 'nothing that an option is' },
  { name: 'NaN', value: NaN, kind: 'number' },
  { name: 'minus one', value: -1, kind: 'number' },
  { name: 'a half', value: 0.5, kind: 'number' },
  { name: 'too large', value: 2 ** 53, kind: 'number' },
  { name: 'true', value: true, kind: 'boolean' },
  { name: 'text', value: 'x', kind: 'text' },
  { name: 'an empty text', value: '', kind: 'text' },
  { name: 'a BigInt', value: 1n, kind: 'nothing that an option is' },
  { name: 'a symbol', value: Symbol('x'), kind: 'nothing that an option is' },
  { name: 'a list of nothing', value: [undefined], kind: 'list' },
  { name: 'an empty object', value: {}, kind: 'object' },
  { name: 'a function', value: () => 1, kind: 'function' },
  { name: 'a date', value: new Date(0), kind: 'object' },
];

/** Options that are checked where they are used: of which kinds they may be, and what the others are refused with. */
const BY_USE: Readonly<Record<string, { readonly kinds: readonly Kind[]; readonly code: string }>> = {
  knowledge: { kinds: ['object'], code: 'invalid-knowledge' },
  compatibility: { kinds: [], code: 'unknown-compatibility' },
  folder: { kinds: ['text'], code: 'invalid-argument' },
  metrics: { kinds: ['boolean'], code: 'invalid-option' },
  edges: { kinds: ['list'], code: 'invalid-option' },
};

/** True if a wrong value is of the kind that a shape asks for. */
function isOfKind(kind: Kind, shape: Shape): boolean {
  if (typeof shape === 'string') return shape === kind;
  // A list of nothing is a list of no shape.
  if (Array.isArray(shape)) return false;
  return kind === 'object' && Object.keys(shape).every((field) => field.endsWith('?'));
}

/** What a wrong value must be refused with; undefined where it is of the right kind. */
function refusal(option: string, shape: Shape, kind: Kind): string | undefined {
  if (shape !== 'anything') return isOfKind(kind, shape) ? undefined : 'invalid-argument';
  const { kinds, code } = BY_USE[option];
  return kinds.includes(kind) ? undefined : code;
}

/** What comes of a call: the code of its error, `result`, or what else it was. */
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
 * A test that options of a wrong kind are refused as such, and that wrong ones of the right kind end in an
 * InterlatentError, or in a result where a wrong thing happens to be right.
 * @param shapes of all options, by which the function checks them
 * @param needed options that must be there, right ones
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
    const found: string[] = [];
    for (const [option, shape] of Object.entries<Shape>(shapes)) {
      for (const { name: wrong, value, kind } of WRONG) {
        const told = await answer({ ...needed(), [option]: value });
        const wanted = refusal(option, shape, kind);
        const isRight = wanted === undefined ? !told.startsWith('not coded') : told === wanted;
        if (!isRight) found.push(`${option} ${wrong}: ${told}`);
      }
    }
    expect(found).toEqual([]);
    for (const value of [null, 3, 'x', [], () => 1]) expect(await answer(value)).toBe('invalid-argument');
  });
}
