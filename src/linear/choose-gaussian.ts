// How far a Gaussian's covariance is shrunk: as far as hidden cells of subjects whom it was not fitted to are predicted
// best.

import { seedKey, uniforms } from '../random/streams.js';
import { nextTurn } from '../threads/next-turn.js';
import { gaussianFitter, type Gaussian, type PartialTable } from './gaussian.js';

const SHRINKAGES = [0.7, 0.5, 0.35, 0.2, 0.1, 0.05, 0.02];
/** Steps from one shrinkage to the next, which begins where the last one ended; and to the end. */
const STEPS = { between: 6, last: 30 };
/** A fifth of the observed cells is hidden at a time. */
const FOLDS = 5;
/** Stream of the hidden cells; far from those of noise, order and draws. */
const HIDE_STREAM = 0x60100;

export interface ChosenGaussian {
  readonly gaussian: Gaussian;
  readonly shrinkage: number;
}

/**
 * Gives way to the event loop between its steps.
 * @param train what moments are taken of @param validation the same columns of other subjects
 * @throws the signal's reason
 */
export async function chooseGaussian(
  train: PartialTable,
  validation: PartialTable,
  signal?: AbortSignal,
): Promise<ChosenGaussian> {
  const folds = hiddenFolds(validation);
  const fit = gaussianFitter(train);
  let best: (ChosenGaussian & { readonly error: number }) | undefined;
  let start: Gaussian | undefined;
  for (const shrinkage of SHRINKAGES) {
    await nextTurn();
    signal?.throwIfAborted();
    const gaussian = fit({ shrinkage, iterations: STEPS.between, start });
    const error = folds.reduce((sum, fold) => sum + squaredError(gaussian, validation, fold), 0);
    if (!best || error < best.error) best = { gaussian, shrinkage, error };
    start = gaussian;
  }
  const { shrinkage, gaussian } = best!;
  return { shrinkage, gaussian: fit({ shrinkage, iterations: STEPS.last, start: gaussian }) };
}

/**
 * Marks of what is left when some of a table's observed cells are hidden, and the next time others, until each was
 * hidden once.
 */
export function hiddenFolds({ samples: { values }, observed }: PartialTable): Uint8Array[] {
  const draws = uniforms(seedKey(0), HIDE_STREAM, 0, values.length);
  return Array.from({ length: FOLDS }, (_, fold) =>
    Uint8Array.from(draws, (draw, at) => (Math.floor(draw * FOLDS) === fold ? 0 : (observed?.[at] ?? 1))),
  );
}

/** Over the cells that are known and hidden. */
function squaredError(gaussian: Gaussian, { samples, observed }: PartialTable, left: Uint8Array): number {
  const { mean } = gaussian.conditional({ samples, observed: left });
  return mean.reduce((sum, value, at) => {
    const isHidden = left[at] === 0 && observed?.[at] !== 0;
    return isHidden ? sum + (value - samples.values[at]) ** 2 : sum;
  }, 0);
}
