// What every candidate's prediction misses on the subjects that its fold holds out.

import type { Dataset } from '../data/dataset.js';
import { isSize } from '../data/kinds.js';
import type { ProgramOptions } from '../runtime/program.js';
import { Trainer } from '../training/trainer.js';
import type { Fold } from './folds.js';
import { errorOf, selectionPart, type CandidateSettings } from './part.js';

export interface SelectionProgress {
  readonly epoch: number;
  readonly epochs: number;
  readonly secondsLeft: number;
}

export interface HeldOutOptions extends CandidateSettings, ProgramOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: SelectionProgress) => void) | undefined;
}

/**
 * @returns modality × latents (from 0, which predicts the mean) × fold: each run's error at its best epoch
 * @throws NumericError `all-runs-diverged`; the signal's reason
 */
export async function heldOutErrors(
  dataset: Dataset,
  folds: readonly Fold[],
  { signal, onProgress, ...options }: HeldOutOptions,
): Promise<number[][][]> {
  const { largest } = options;
  const part = selectionPart(dataset, folds, options);
  const { epochs } = part;
  const trainer = Trainer.create(part, options);
  try {
    const started = performance.now();
    await trainer.train({
      signal,
      onEpoch: ({ epoch }) => {
        const perEpoch = (performance.now() - started) / 1000 / (epoch + 1);
        onProgress?.({ epoch: epoch + 1, epochs, secondsLeft: (epochs - epoch - 1) * perEpoch });
      },
    });
    const { history } = trainer.state;
    const lowest = (run: number, modality: number): number =>
      Math.min(...history.map(({ validation }) => validation[errorOf(modality)][run] ?? Infinity));
    const ofMeans = folds.map((fold) => errorsOfMeans(dataset, fold));
    return dataset.modalities.map((_, m) =>
      Array.from({ length: largest + 1 }, (_, latents) =>
        folds.map((_, fold) => (latents === 0 ? ofMeans[fold][m] : lowest(fold * largest + latents - 1, m))),
      ),
    );
  } finally {
    await trainer.dispose();
  }
}

/** Per modality, the held-out error of predicting the others' means over the fold's training subjects. */
function errorsOfMeans({ modalities }: Dataset, { train, heldOut }: Fold): number[] {
  const sums = modalities.map(({ columns, values }) => {
    const width = columns.length;
    let total = 0;
    for (const [column, { kind }] of columns.entries()) {
      if (isSize(kind)) continue;
      const mean = train.reduce((sum, row) => sum + values[row * width + column], 0) / train.length;
      total += heldOut.reduce((sum, row) => sum + (values[row * width + column] - mean) ** 2, 0) / heldOut.length;
    }
    return { total, width };
  });
  const all = sums.reduce((a, b) => ({ total: a.total + b.total, width: a.width + b.width }));
  return sums.map(({ total, width }) => (all.total - total) / (all.width - width));
}
