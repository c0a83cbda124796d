// Computes what answers to questions need to know about the subjects of a fit: the range of each latent, the moments of
// the noises, and the scatter of each column about its decoder's output. The results describe no single subject.

import { Matrix, solve } from 'ml-matrix';
import { causeTerms } from '../data/causes.js';
import type { Dataset, Modality } from '../data/dataset.js';
import { presenceOf } from '../data/presence.js';
import { positionsOf, valuesPerSubject } from '../data/regular-array.js';
import { selectSubjects } from '../data/select-rows.js';
import { ModelParts } from '../inference/model-parts.js';
import { positionsOfLatents, posteriors } from '../inference/posteriors.js';
import { maxSampled, spreadOver } from '../quality/index.js';
import type { ProgramOptions } from '../runtime/program.js';
import { causeRanges, rangeOf } from './cause-ranges.js';
import type { FittedModel } from './fit.js';
import type { Ranges } from './ranges-schema.js';
import { meanAndSd } from '../metrics/vectors.js';

/** Noises are measured in subjects who have all modalities, unless there are fewer of them than this. */
const MIN_COMPLETE = 50;
const BATCH = 512;

/** Returns the ranges of latents and noises. @throws DeviceError */
export async function fitRanges(
  dataset: Dataset,
  { model, parameters }: Pick<FittedModel, 'model' | 'parameters'>,
  options: ProgramOptions,
): Promise<Ranges> {
  const { modalities, split } = dataset;
  const [train, validation] = [split.train, split.validation].map((rows) => spreadOver(rows, maxSampled.subjects));
  const isSample = train.length < split.train.length || validation.length < split.validation.length;
  const parts = ModelParts.load(model, parameters, Math.min(BATCH, train.length), options);
  try {
    const { layout, width } = parts;
    const causes = dataset.causes && causeTerms(dataset.causes);
    const known = await posteriors(parts, modalities, train, { rebuilds: false, causes });
    const present = modalities.map(presenceOf);
    const having = modalities.map((_, m) => [...train.keys()].filter((i) => present[m][train[i]] === 1));
    const complete = having[0].filter((i) => present.every((marks) => marks[train[i]] === 1));
    const rowsFor = (m: number): number[] => (complete.length >= MIN_COMPLETE ? complete : having[m]);
    const column = (values: Float32Array, columns: number, at: number, rows: readonly number[]): Float64Array =>
      Float64Array.from(rows, (row) => values[row * columns + at]);
    const entries = positionsOfLatents(layout);
    const modalityOfEntry = layout.modalities.flatMap(({ latents, exogenous }, m) =>
      new Array<number>(latents + exogenous).fill(m),
    );
    const isPrivate = [...modalityOfEntry.keys()].filter((entry) => !entries.includes(entry));
    const noise = await noisesOf(parts, modalities, validation);
    return {
      ...(isSample && { sample: { train: train.length, validation: validation.length } }),
      latents: layout.modalityOf.map((m, latent) => rangeOf(column(known.mean, width, entries[latent], having[m]))),
      epsilon: layout.modalityOf.map((m, latent) =>
        meanAndSd(column(known.epsilon, layout.latents, latent, rowsFor(m))),
      ),
      eta: isPrivate.map((entry) => {
        const m = modalityOfEntry[entry];
        const latentEntries = layout.modalityOf.flatMap((modality, latent) =>
          modality === m ? [entries[latent]] : [],
        );
        const values = column(known.mean, width, entry, having[m]);
        const latents = latentEntries.map((at) => column(known.mean, width, at, having[m]));
        return regression(values, latents, known.variance[entry]);
      }),
      noise,
      ...(dataset.causes?.length && { causes: causeRanges(dataset.causes, split.train) }),
    };
  } finally {
    await parts.dispose();
  }
}

/** Fits least squares. @param within variance of each value of `y`, which is added to that of the residuals */
function regression(y: Float64Array, predictors: readonly Float64Array[], within: number): Ranges['eta'][number] {
  const design = new Matrix(Array.from(y, (_, row) => [1, ...predictors.map((values) => values[row])]));
  const transposed = design.transpose();
  const [mean, ...slopes] = solve(transposed.mmul(design), transposed.mmul(Matrix.columnVector(y)), true).to1DArray();
  const residuals = y.map((value, row) =>
    slopes.reduce((rest, slope, k) => rest - slope * predictors[k][row], value - mean),
  );
  return { mean, sd: Math.sqrt(meanAndSd(residuals).sd ** 2 + within), slopes };
}

/**
 * Returns the scatter of each column about its decoder's output: the root mean square over all observed values (of a
 * channel, over rows and positions). A column without a value has 1, the deviation of a standardised column.
 */
async function noisesOf(parts: ModelParts, modalities: readonly Modality[], rows: Int32Array): Promise<number[][]> {
  const squares = modalities.map(({ columns }) => new Float64Array(columns.length));
  const counts = modalities.map(({ columns }) => new Float64Array(columns.length));
  const { values: width } = parts.layout;
  for (let start = 0; start < rows.length; start += parts.batch) {
    const batch = rows.subarray(start, start + parts.batch);
    const { reconstruction } = await posteriors(parts, modalities, batch);
    let first = 0;
    for (const [m, modality] of modalities.entries()) {
      const size = valuesPerSubject(modality);
      const positions = positionsOf(modality.regularArray);
      const { values, observed } = selectSubjects(modality, size, batch);
      for (let at = 0; at < values.length; at++) {
        if (observed?.[at] === 0) continue;
        const cell = at % size;
        const column = Math.floor(cell / positions);
        squares[m][column] += (values[at] - reconstruction[Math.floor(at / size) * width + first + cell]) ** 2;
        counts[m][column]++;
      }
      first += size;
    }
  }
  return squares.map((sums, m) =>
    Array.from(sums, (square, c) => (counts[m][c] === 0 ? 1 : Math.sqrt(square / counts[m][c]))),
  );
}
