// Chooses the shrinkage of the covariance of a Gaussian: the value that best predicts hidden cells of validation
// subjects.

import { seedKey, uniforms } from '../random/streams.js';
import { nextTurn } from '../threads/next-turn.js';
import { gaussianFitter, type Gaussian, type PartialTable } from './gaussian.js';

const SHRINKAGES = [0.7, 0.5, 0.35, 0.2, 0.1, 0.05, 0.02];
/** EM steps for each shrinkage, starting from the previous solution, and for the final fit. */
const STEPS = { between: 6, last: 30 };
/** Number of folds: each fold hides a fifth of the observed cells. */
const FOLDS = 5;
/** Random stream of the hidden cells, distinct from those of noise, order and draws. */
const HIDE_STREAM = 0x60100;

export interface ChosenGaussian {
  readonly gaussian: Gaussian;
  readonly shrinkage: number;
}

/**
 * Fits a Gaussian and chooses its shrinkage. Yields to the event loop between steps.
 * @param train table of the fit @param validation the same columns of other subjects
 * @throws the reason of the signal
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
 * Returns for each fold a mask of the cells that stay observed. Each observed cell is hidden in exactly one fold.
 */
export function hiddenFolds({ samples: { values }, observed }: PartialTable): Uint8Array[] {
  const draws = uniforms(seedKey(0), HIDE_STREAM, 0, values.length);
  return Array.from({ length: FOLDS }, (_, fold) =>
    Uint8Array.from(draws, (draw, at) => (Math.floor(draw * FOLDS) === fold ? 0 : (observed?.[at] ?? 1))),
  );
}

/** Returns the squared error over cells that are observed in the table but hidden in the fold. */
function squaredError(gaussian: Gaussian, { samples, observed }: PartialTable, visible: Uint8Array): number {
  const { mean } = gaussian.conditional({ samples, observed: visible });
  return mean.reduce((sum, value, at) => {
    const isHidden = visible[at] === 0 && observed?.[at] !== 0;
    return isHidden ? sum + (value - samples.values[at]) ** 2 : sum;
  }, 0);
}
