// Comparison of methods for programs (docs/how-to/compare-methods.md). The methods are loaded on the first call.

import { checkAccepted, checkArgument, checkOneOf, checkOptions, type OptionShapes } from '../errors/argument.js';
import { InputError } from '../errors/errors.js';
import type { Truth } from '../simulation/truth.js';
import type { Study } from '../study/study.js';
import type { ComparedFit } from './compare.js';
import { METHOD_NAMES, type MethodName } from './method-names.js';
import type { OurFitOptions } from './our-fit.js';
import type { FunctionMethod } from './function-method.js';
import type { Comparison } from './schema.js';

/** Another program, which reads one .npz file and writes another. */
export interface RunnerMethod {
  readonly name: string;
  /** Program with its arguments, as in a terminal. */
  readonly command: string;
}

export interface CompareMethodsOptions {
  /**
   * Names of built-in methods, other programs, and functions of yours. Default: all built-in methods. Differences are
   * from the first one.
   */
  readonly methods?: readonly (MethodName | RunnerMethod | FunctionMethod)[];
  /** Number of fits of each method, with seeds from {@link firstSeed}. Default: 2. */
  readonly seeds?: number;
  /** Default: 0. */
  readonly firstSeed?: number;
  /** Number of fits of each method to shuffled subjects, in which nothing is associated. Default: 2. */
  readonly shuffles?: number;
  /** True latents of a simulation, as `readTruth` returns them. */
  readonly truth?: Truth;
  /** Settings of the method `ours`. Default: those of the study, and evidence only with a truth. */
  readonly ours?: OurFitOptions;
  readonly signal?: AbortSignal;
  /** Called before each fit. */
  readonly onFit?: (fit: ComparedFit) => void;
}

const OPTIONS: OptionShapes<CompareMethodsOptions> = {
  methods: 'list',
  seeds: 'number',
  firstSeed: 'number',
  shuffles: 'number',
  truth: 'anything',
  ours: {},
  signal: 'signal',
  onFit: 'function',
};

/**
 * Fits several methods on the training subjects of a study, and scores their latents on its held-out subjects.
 * @throws InputError `no-held-out`, `invalid-option`, `runner-failed`, `runner-output`; what
 *   `MultimodalCausalModel.fit` throws; the signal's reason
 */
export async function compareMethods(study: Study, options: CompareMethodsOptions = {}): Promise<Comparison> {
  checkArgument('compareMethods: study', study, { path: 'text', name: 'text', dataset: {} });
  checkOptions('compareMethods', options, OPTIONS);
  const { methods = METHOD_NAMES, seeds = 2, firstSeed = 0, shuffles = 2, truth, signal, onFit } = options;
  checkAccepted('seeds', seeds, Number.isInteger(seeds) && seeds > 0, 'are whole numbers from 1');
  checkAccepted('firstSeed', firstSeed, Number.isInteger(firstSeed) && firstSeed >= 0, 'are whole numbers from 0');
  checkAccepted('shuffles', shuffles, Number.isInteger(shuffles) && shuffles >= 0, 'are whole numbers from 0');
  checkNames(methods.map((method, i) => nameOf(method, i)));
  const room = await import('./index.js');
  const ours = { evidence: truth === undefined ? ('none' as const) : ('quick' as const), ...options.ours };
  return room.compareMethods(study, {
    methods: methods.map((method) => {
      if (typeof method === 'string') return room.builtInMethods([method], ours)[0];
      return 'command' in method ? room.runner(method.name, method.command) : room.functionMethod(method);
    }),
    seeds,
    firstSeed,
    shuffles,
    truth,
    signal,
    onFit,
  });
}

/** Returns one self-contained HTML page of a comparison of methods. */
export async function methodComparisonHtml(comparison: Comparison): Promise<string> {
  checkArgument('methodComparisonHtml: comparison', comparison, { format: 'text', study: 'text' });
  const [{ comparisonPage }, { comparisonSchema }] = await Promise.all([import('./page.js'), import('./schema.js')]);
  const { success, data } = comparisonSchema.safeParse(comparison);
  if (!success) {
    throw new InputError('invalid-argument', 'methodComparisonHtml: comparison is not a result of compareMethods');
  }
  return comparisonPage(data);
}

function nameOf(method: MethodName | RunnerMethod | FunctionMethod, i: number): string {
  const place = `compareMethods: options.methods[${i}]`;
  if (typeof method === 'string') {
    checkOneOf(`methods[${i}]`, method, METHOD_NAMES);
    return method;
  }
  checkArgument(place, method, { name: 'text' });
  checkArgument(place, method, 'command' in method ? { command: 'text' } : { fit: 'function' });
  return method.name;
}

/** @throws InputError `invalid-option` if there is no method, or if two have the same name */
export function checkNames(names: readonly string[]): void {
  if (names.length === 0) {
    throw new InputError('invalid-option', `Nothing is compared. Name a method (${METHOD_NAMES.join(', ')}).`);
  }
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    throw new InputError(
      'invalid-option',
      `Two methods have the name '${twice}'. Give one of them another name, as in --runner 'other=COMMAND'.`,
    );
  }
}
