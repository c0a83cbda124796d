// The simulated cases of METHOD sections 4 and 9, by name. docs/reference/simulation.md lists every constant.

import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';
import type { GraphSize } from './graph.js';
import type { Bend, Mechanism } from './mechanism.js';

export interface SimulatedCase extends GraphSize {
  readonly columns: number;
  /** Default: leaky. */
  readonly bend?: Bend;
  /** Share of noise in the variance of latents with parents: a fifth (default), or drawn for each latent. */
  readonly noiseShare?: 'drawn';
  /** Defaults of options that differ from those of other cases. */
  readonly defaults?: { readonly mechanism: Mechanism; readonly heteroscedastic: boolean };
}

/** Linear Gaussian latents, which observational data do not determine. */
const LINEAR = {
  bend: 'smooth',
  noiseShare: 'drawn',
  defaults: { mechanism: 'linear', heteroscedastic: false },
} as const;

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
  chain: { modalities: 1, columns: 20, latents: 3, within: 'chain', ...LINEAR },
  pair: { modalities: 2, columns: 20, latents: 2, ...LINEAR },
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
