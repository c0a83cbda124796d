// The error of the predictions of every candidate on the held-out subjects of its fold.

import type { Dataset } from '../data/dataset.js';
import { isSquaredError } from '../data/kinds.js';
import { valuesPerSubject } from '../data/regular-array.js';
import { selectSubjects } from '../data/select-rows.js';
import type { Compute } from '../runtime/program.js';
import { Trainer } from '../training/trainer.js';
import type { Fold } from './folds.js';
import { errorOf, selectionStage, type CandidateSettings } from './stage.js';

export interface SelectionProgress {
  readonly epoch: number;
  readonly epochs: number;
  readonly secondsLeft: number;
}

export interface HeldOutOptions extends Omit<CandidateSettings, 'minLatents'>, Compute {
  readonly onProgress?: ((progress: SelectionProgress) => void) | undefined;
}

/**
 * Trains all candidates and returns their errors.
 * @returns modality × latents (from 0, a constant prediction) × fold: the error of each run at its best epoch, which is
 *   −log p without its constant, averaged over the values of the other modalities. The best constants are means for
 *   Gaussian columns; for other kinds they are trained like the other candidates
 * @throws NumericError `all-runs-diverged`; the signal's reason
 */
export async function heldOutErrors(
  dataset: Dataset,
  folds: readonly Fold[],
  { signal, onProgress, ...options }: HeldOutOptions,
): Promise<number[][][]> {
  const { maxLatents } = options;
  const isGaussian = dataset.modalities.every(({ columns }) => columns.every(({ kind }) => isSquaredError(kind)));
  const minLatents = isGaussian ? 1 : 0;
  const candidates = maxLatents - minLatents + 1;
  const stage = selectionStage(dataset, folds, { minLatents, ...options }, options.device);
  const { epochs } = stage;
  const trainer = await Trainer.create(stage, options);
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
    const trained = dataset.modalities.map((_, m) =>
      Array.from({ length: candidates }, (_, i) => folds.map((_, fold) => lowest(fold * candidates + i, m))),
    );
    if (!isGaussian) return trained;
    const ofMeans = folds.map((fold) => errorsOfMeans(dataset, fold));
    return trained.map((errors, m) => [ofMeans.map((error) => error[m]), ...errors]);
  } finally {
    await trainer.dispose();
  }
}

/**
 * Returns by modality the held-out error of the means of the other modalities over the training subjects of the fold.
 */
function errorsOfMeans({ modalities }: Dataset, { train, heldOut }: Fold): number[] {
  const sums = modalities.map((modality) => {
    const width = valuesPerSubject(modality);
    const [means, counts, squares] = Array.from({ length: 3 }, () => new Float64Array(width));
    const eachKnown = (rows: Int32Array, use: (column: number, value: number) => void): void => {
      for (const row of rows) {
        const { values, observed } = selectSubjects(modality, width, Int32Array.of(row));
        values.forEach((value, column) => {
          if (observed?.[column] !== 0) use(column, value);
        });
      }
    };
    eachKnown(train, (column, value) => {
      means[column] += value;
      counts[column]++;
    });
    means.forEach((sum, column) => (means[column] = sum / Math.max(1, counts[column])));
    eachKnown(heldOut, (column, value) => (squares[column] += (value - means[column]) ** 2));
    return { total: squares.reduce((sum, square) => sum + square / heldOut.length, 0), width };
  });
  const all = sums.reduce((a, b) => ({ total: a.total + b.total, width: a.width + b.width }));
  return sums.map(({ total, width }) => (all.total - total) / (all.width - width));
}
