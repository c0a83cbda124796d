// The kinds of columns, by name. To add one, write a file next to gaussian.ts and list it here.

import { beta } from './beta.js';
import { binary } from './binary.js';
import { categorical } from './categorical.js';
import { gaussian } from './gaussian.js';
import type { Kind, LikelihoodKind } from './kind.js';
import { learnedNoise } from './learned-noise.js';
import type { Likelihood, ValueScale } from './likelihood.js';
import { count } from './negative-binomial.js';
import { ordinal } from './ordinal.js';
import { poisson } from './poisson.js';
import { robust } from './robust.js';
import { size } from './size.js';

export type { Arithmetic, ColumnSummary, Kind, KindLink } from './kind.js';
export { comparison } from './level-coding.js';
export type { Likelihood, ValueScale } from './likelihood.js';

/** Kinds with a likelihood. Names in study files, descriptions of modalities and saved models. */
const LIKELIHOODS = {
  gaussian,
  'learned-noise': learnedNoise,
  robust,
  binary,
  categorical,
  ordinal,
  count,
  poisson,
  beta,
} as const satisfies Readonly<Record<string, LikelihoodKind>>;

const KINDS = { ...LIKELIHOODS, size } as const;

export type LikelihoodName = keyof typeof LIKELIHOODS;
export type ColumnKind = keyof typeof KINDS;

export const LIKELIHOOD_NAMES = Object.keys(LIKELIHOODS) as readonly LikelihoodName[];
export const COLUMN_KINDS = Object.keys(KINDS) as readonly ColumnKind[];

/** Returns the kind of a column; `gaussian` for a column that names none. */
export function kindNamed(name: ColumnKind = 'gaussian'): Kind {
  return KINDS[name];
}

/**
 * Returns the likelihood of a column.
 * @param levels number of levels of a column that has levels
 */
export function likelihoodOf({
  likelihood,
  levels = 2,
}: {
  readonly likelihood: LikelihoodName;
  readonly levels?: number | undefined;
}): Likelihood {
  const kind: LikelihoodKind = LIKELIHOODS[likelihood];
  return kind.likelihood(levels);
}

/** Returns the scale that the likelihood of a column reads. @param scale of the values of the column */
export function valueScale(
  likelihood: LikelihoodName,
  { mean, sd }: Pick<ValueScale<number>, 'mean' | 'sd'>,
): ValueScale<number> {
  const kind: LikelihoodKind = LIKELIHOODS[likelihood];
  return { mean, sd, offset: kind.form === 'numbers' ? kind.offset(mean) : 0 };
}
