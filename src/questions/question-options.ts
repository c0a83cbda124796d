// The language in which a question declares its options, and the options that several questions share. The types and
// checks of the library, the flags of commands, and the schemas of requests are made from a declaration.

import { checkAccepted, checkArgument, checkOptions, type OptionShapes, type Shape } from '../errors/argument.js';
import type { Subjects } from '../data/dataset.js';
import { checkSeed } from '../random/seed.js';
import type { Against } from './cause-setting.js';
import type { Setting } from './setting.js';

/** Default level of intervals: the middle 90 %. */
export const LEVEL = 0.9;
export const MAX_DRAWS = 1_000_000;

/** An edge from cause to effect, with names of latents. */
export interface Edge {
  readonly from: string;
  readonly to: string;
}

export const EDGE_CHOICES = ['supported', 'fitted'] as const;

/** Kinds of options, with their values in the library. */
interface Kinds {
  count: number;
  seed: number;
  share: number;
  flag: boolean;
  modalities: readonly string[];
  setting: Setting;
  causes: Setting;
  against: Against;
  edges: (typeof EDGE_CHOICES)[number] | readonly Edge[];
  subjects: Subjects;
}

export type Kind = keyof Kinds;

/** An option of a question. */
export interface Declared {
  readonly kind: Kind;
  /** A sentence for readers of help texts, of the OpenAPI document, and of this code. */
  readonly text: string;
  readonly default?: number;
  /** A required option. An argument is passed to the method of the library before its options. */
  readonly needed?: 'option' | 'argument';
}

/** The options of a question by name. */
export type Declaration = Readonly<Record<string, Declared>>;

/** Names of the options that are needed as `How`. */
type Needed<D extends Declaration, How> = {
  [Name in keyof D]: D[Name] extends { readonly needed: How } ? Name : never;
}[keyof D];

/** The options that a method of the library takes, without its arguments. */
export type OptionsOf<D extends Declaration> = {
  readonly [Name in keyof D as Name extends Needed<D, 'option'> ? Name : never]: Kinds[D[Name]['kind']];
} & {
  readonly [Name in keyof D as Name extends Needed<D, 'option' | 'argument'> ? never : Name]?:
    | Kinds[D[Name]['kind']]
    | undefined;
};

/** The arguments and options of a question, as requests have them. */
export type AskedOptions<D extends Declaration> = OptionsOf<D> & {
  readonly [Name in Needed<D, 'argument'>]: Kinds[D[Name]['kind']];
};

/** The arguments and options of a question with all defaults. */
export type FilledOptions<D extends Declaration> = AskedOptions<D> & {
  readonly [Name in keyof D as D[Name] extends { readonly default: number } ? Name : never]: number;
};

/** Option of every question. */
export interface SignalOption {
  /** Aborting it ends the computation within about 50 ms; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export const SIGNAL_OPTION: OptionShapes<SignalOption> = { signal: 'signal' };

/** Option of every question about subjects. */
export interface SubjectsOption {
  /** Ids of the requested subjects; all when left out. */
  readonly subjects?: readonly string[] | undefined;
}

export const SUBJECTS_OPTION: OptionShapes<SubjectsOption> = { subjects: ['text'] };

/** Declares draws and the level of their intervals. */
export function drawn<const Text extends string>(text: Text, draws: number) {
  return {
    draws: { kind: 'count', text, default: draws },
    seed: { kind: 'seed', text: 'Seed of the draws. The same seed gives the same answer.', default: 0 },
    level: { kind: 'share', text: 'Probability that an interval holds.', default: LEVEL },
  } as const satisfies Declaration;
}

/** Options of a question that draws, with their defaults. */
export type DrawingOptions = FilledOptions<ReturnType<typeof drawn>>;

/** Latents and observed causes that are set, and the edges that their effects follow. */
export const ACTION = {
  set: { kind: 'setting', text: 'Latents and observed causes to set.', needed: 'argument' },
  edges: {
    kind: 'edges',
    text: 'Edges that effects follow: links that held-out subjects support (default), or all fitted edges.',
  },
  assumeOrder: {
    kind: 'flag',
    text:
      'Assume the directions of the fit where nothing determines them, and that causes which nobody assigned act as ' +
      'if somebody had.',
  },
  undetermined: { kind: 'flag', text: 'Allow latents that the data do not determine, and mixtures.' },
  unreplicated: { kind: 'flag', text: 'Allow latents that models of disjoint subjects do not replicate.' },
  untested: { kind: 'flag', text: 'Answer from a fit whose links and latents were not tested.' },
} as const satisfies Declaration;

export type ActionOptions = OptionsOf<typeof ACTION>;

/** Ids and columns are not checked one by one, because encoding few subjects takes microseconds. */
export const DATASET: Shape = { ids: 'list', modalities: [{ name: 'text', columns: 'list', values: 'typed array' }] };

/** Shapes of the values in the library. The shapes of settings and edges are checked where they are read. */
const SHAPES: Readonly<Record<Kind, Shape>> = {
  count: 'number',
  seed: 'number',
  share: 'number',
  flag: 'boolean',
  modalities: ['text'],
  setting: {},
  causes: {},
  against: 'anything',
  edges: 'anything',
  subjects: DATASET,
};

function isSettingValue(value: unknown): boolean {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === 'string' || typeof value === 'number' || isObject;
}

/** Checks of values that have the right shape. */
const CHECKS: { readonly [K in Kind]?: (name: string, value: Kinds[K]) => void } = {
  count: (name, value) => {
    const isPossible = Number.isSafeInteger(value) && value >= 2 && value <= MAX_DRAWS;
    checkAccepted(name, value, isPossible, `is 2 to ${MAX_DRAWS}`);
  },
  seed: (_, value) => {
    checkSeed(value);
  },
  share: (name, value) => {
    checkAccepted(name, value, value > 0 && value < 1, 'is a share between 0 and 1, as 0.9');
  },
  against: (name, value) => {
    checkAccepted(name, value, isSettingValue(value), 'is a level, a number, or values by cause');
  },
  edges: (name, value) => {
    if (Array.isArray(value)) {
      checkArgument(`options.${name}`, value, [{ from: 'text', to: 'text' }]);
      return;
    }
    const isChoice = EDGE_CHOICES.some((one) => one === value);
    checkAccepted(name, value, isChoice, 'is supported, fitted, or a list of edges');
  },
};

/** Returns the options without the arguments. */
export function withoutArguments(declaration: Declaration): Declaration {
  return Object.fromEntries(Object.entries(declaration).filter(([, { needed }]) => needed !== 'argument'));
}

/** Returns the shapes of declared options. */
export function shapesOf<D extends Declaration>(declaration: D): OptionShapes<D> {
  const shapes = Object.entries(declaration).map(([name, { kind }]) => [name, SHAPES[kind]] as const);
  return Object.fromEntries(shapes) as OptionShapes<D>;
}

/**
 * Checks the options of a call.
 * @param further shapes of options that are not declared
 * @throws InputError `invalid-argument`, `unknown-option`, `invalid-option`
 */
export function checkDeclared(
  call: string,
  options: object,
  declaration: Declaration,
  further: Readonly<Record<string, Shape>> = {},
): void {
  const needed = Object.entries(declaration).filter((entry) => entry[1].needed !== undefined);
  checkArgument(`${call}: options`, options, shapesOf(Object.fromEntries(needed)));
  checkOptions(call, options, { ...shapesOf(declaration), ...further });
  for (const [name, value] of Object.entries<unknown>(options as Record<string, unknown>)) {
    if (value !== undefined && Object.hasOwn(declaration, name)) checkValue(name, declaration[name].kind, value);
  }
}

function checkValue(name: string, kind: Kind, value: unknown): void {
  const check = CHECKS[kind] as ((name: string, value: unknown) => void) | undefined;
  check?.(name, value);
}

/** Returns options with their defaults. */
export function filled<D extends Declaration>(declaration: D, options: object): FilledOptions<D> {
  const values = options as Readonly<Record<string, unknown>>;
  const entries = Object.entries(declaration).map(([name, one]) => [name, values[name] ?? one.default]);
  return Object.fromEntries(entries) as FilledOptions<D>;
}
