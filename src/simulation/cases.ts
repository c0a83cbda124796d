// The simulated cases of METHOD sections 4 and 9, by name. docs/reference/simulation.md lists every constant.

import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';
import type { GraphSize } from './graph.js';
import type { Bend } from './mechanism.js';
import type { SimulationOptions } from './options.js';

export interface SimulatedCase extends GraphSize {
  readonly columns: number;
  /** Default: leaky. */
  readonly bend?: Bend;
  /** Share of noise in the variance of latents with parents: a fifth (default), or drawn for each latent. */
  readonly noiseShare?: 'drawn';
  /** Names of the modalities. Default: m1, m2, … */
  readonly names?: readonly string[];
  /** Defaults of options that differ from those of other cases. */
  readonly defaults?: SimulationOptions;
}

/** Returns the names of the modalities. */
export function modalityNames({ modalities, names }: SimulatedCase): readonly string[] {
  return names ?? Array.from({ length: modalities }, (_, m) => `m${m + 1}`);
}

/** Returns the names of the latents, `<modality>.z1` and so on. @param latents of each modality, shared ones included */
export function latentNames(size: SimulatedCase, latents: number): string[] {
  return modalityNames(size).flatMap((name) => Array.from({ length: latents }, (_, i) => `${name}.z${i + 1}`));
}

/** Linear Gaussian latents, which observational data do not determine. */
const LINEAR = {
  bend: 'smooth',
  noiseShare: 'drawn',
  defaults: { mechanism: 'linear', heteroscedastic: false },
} as const;

/** Three modalities, of which some have latents in common. The study does not say which. */
const PARTIAL = { modalities: 3, columns: 30, latents: 3 } as const;

/** Modalities, columns and latents of each modality; every modality has one exogenous variable. */
export const CASES = {
  case1: { modalities: 2, columns: 15, latents: 2 },
  case2: { modalities: 2, columns: 20, latents: 3 },
  case3: { modalities: 4, columns: 30, latents: 2 },
  five: { modalities: 5, columns: 30, latents: 2 },
  six: { modalities: 6, columns: 30, latents: 2 },
  eight: { modalities: 8, columns: 30, latents: 2 },
  shared2: { modalities: 2, columns: 30, latents: 2, shared: { latents: 1, cause: 'nothing' } },
  shared3: { modalities: 3, columns: 30, latents: 2, shared: { latents: 2, cause: 'second' } },
  'shared2-first': { modalities: 2, columns: 30, latents: 2, shared: { latents: 2, cause: 'first' } },
  'partial-12': { ...PARTIAL, sharing: [[0, 1]] },
  'partial-23': { ...PARTIAL, sharing: [[1, 2]] },
  'partial-123': { ...PARTIAL, sharing: [[0, 1, 2]] },
  partial: {
    ...PARTIAL,
    sharing: [
      [0, 1],
      [1, 2],
      [0, 1, 2],
    ],
  },
  'partial-none': { ...PARTIAL, sharing: [] },
  chain: { modalities: 1, columns: 20, latents: 3, within: 'chain', ...LINEAR },
  pair: { modalities: 2, columns: 20, latents: 2, ...LINEAR },
  trial: {
    modalities: 3,
    columns: 15,
    latents: 2,
    links: 'chain',
    names: ['proteins', 'metabolites', 'symptoms'],
    defaults: {
      samples: 1600,
      test: 400,
      levels: 'shift',
      targets: [['proteins.z1']],
      dose: 'ordered',
      doseTargets: ['metabolites.z2'],
    },
  },
} as const satisfies Record<string, SimulatedCase>;

export type CaseName = keyof typeof CASES;

/** Returns the size of a case. @throws InputError `unknown-case` */
export function caseSize(caseName: string): SimulatedCase & { readonly name: CaseName } {
  if (!isCase(caseName)) {
    throw new InputError(
      'unknown-case',
      `no case '${caseName}'${didYouMean(caseName, Object.keys(CASES))}; there are ${Object.keys(CASES).join(', ')}`,
    );
  }
  return { ...CASES[caseName], name: caseName };
}

function isCase(name: string): name is CaseName {
  return Object.hasOwn(CASES, name);
}
