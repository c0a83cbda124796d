// Checks the arguments of public functions before they are used, because programs without types pass anything.

import { InputError } from './errors.js';
import { didYouMean } from './suggestion.js';

/**
 * Expected type of an argument. `anything` is checked where it is used. `numbers` is a typed array or a list. A list of
 * one shape means a list of such values. A field whose name ends with ? may be absent.
 */
export type Shape =
  | 'anything'
  | 'text'
  | 'number'
  | 'boolean'
  | 'signal'
  | 'function'
  | 'numbers'
  | 'typed array'
  | 'list'
  | readonly [Shape]
  | { readonly [field: string]: Shape };

/**
 * Checks an argument.
 * @param place function and argument, for example `graphToDot: graph`
 * @throws InputError `invalid-argument`, which names the place inside the argument
 */
export function checkArgument(place: string, value: unknown, shape: Shape): void {
  if (typeof shape === 'string') {
    if (!IS[shape](value)) throw invalid(place, `a ${NAMES[shape] ?? shape}`, value);
  } else if (isListShape(shape)) {
    if (!Array.isArray(value)) throw invalid(place, 'a list', value);
    for (const [i, item] of value.entries()) checkArgument(`${place}[${i}]`, item, shape[0]);
  } else {
    if (!isRecord(value) || Array.isArray(value)) throw invalid(place, 'an object', value);
    for (const [field, inner] of Object.entries(shape)) {
      const name = field.replace(/\?$/, '');
      if (name !== field && value[name] === undefined) continue;
      checkArgument(`${place}.${name}`, value[name], inner);
    }
  }
}

/** A shape for every option of a function. An option without a shape does not compile. */
export type OptionShapes<Options> = { readonly [Name in keyof Options]-?: Shape };

/**
 * Checks options, all of which may be absent.
 * @param call name of the function, for example `discover`
 * @throws InputError `unknown-option`; `invalid-argument`, which names the option
 */
export function checkOptions(call: string, options: unknown, shapes: { readonly [option: string]: Shape }): void {
  checkArgument(`${call}: options`, options, {});
  for (const [name, value] of Object.entries(options as object) as [string, unknown][]) {
    if (!Object.hasOwn(shapes, name)) throw unknownOption(call, name, Object.keys(shapes));
    if (value !== undefined) checkArgument(`${call}: options.${name}`, value, shapes[name]);
  }
}

function unknownOption(call: string, name: string, known: readonly string[]): InputError {
  const problem = `${call} has no option ${name}${didYouMean(name, known)}`;
  return new InputError('unknown-option', `${problem}; it has ${known.join(', ')}`, { option: name });
}

/**
 * Checks the value of an option that has the right type.
 * @param accepted accepted values with a verb, for example `are seconds, from 0`
 * @throws InputError `invalid-option`
 */
export function checkAccepted(option: string, value: unknown, isAccepted: boolean, accepted: string): void {
  if (isAccepted) return;
  throw new InputError('invalid-option', `option ${option} is ${String(value)}; accepted ${accepted}`, { option });
}

/** @throws InputError `invalid-option` unless the value is one of the names */
export function checkOneOf(option: string, value: string, names: readonly string[]): void {
  checkAccepted(option, value, names.includes(value), `is one of ${names.join(', ')}`);
}

/** @throws InputError `invalid-argument` unless an array has the expected number of elements */
export function checkLength(place: string, { length }: ArrayLike<unknown>, expected: number): void {
  if (length === expected) return;
  throw new InputError('invalid-argument', `${place} has ${length} elements; ${expected} are needed`, { place });
}

const IS: Readonly<Record<Extract<Shape, string>, (value: unknown) => boolean>> = {
  anything: () => true,
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  // Signals of other realms are accepted too.
  signal: (value) => isRecord(value) && typeof value['aborted'] === 'boolean' && 'addEventListener' in value,
  function: (value) => typeof value === 'function',
  'typed array': isTyped,
  list: (value) => Array.isArray(value),
  numbers: (value) => isTyped(value) || (Array.isArray(value) && value.every((one) => typeof one === 'number')),
};

const NAMES: Readonly<Partial<Record<Extract<Shape, string>, string>>> = {
  numbers: 'list of numbers',
  signal: 'signal of an AbortController',
};

function isTyped(value: unknown): boolean {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function isListShape(shape: Exclude<Shape, string>): shape is readonly [Shape] {
  return Array.isArray(shape);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function invalid(place: string, expected: string, value: unknown): InputError {
  return new InputError('invalid-argument', `${place} must be ${expected}, not ${shown(value)}`, { place });
}

/** Returns a description of a value for the end of a sentence. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
