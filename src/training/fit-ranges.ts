// What questions to a fitted model need to know of the subjects it was fitted to: how far each latent reaches, what the
// noises behind it are like, and how far each column scatters about what its decoder says. Nothing of a single subject.

import { Matrix, solve } from 'ml-matrix';
import type { Dataset, Modality, ObservedValues } from '../data/dataset.js';
import { presenceOf } from '../data/presence.js';
import { positionsOf, valuesPerSubject } from '../data/grid.js';
import { quantileOf } from '../data/ranks.js';
import { selectSubjects } from '../data/select-rows.js';
import { ModelParts } from '../inference/model-parts.js';
import { positionsOfLatents, posteriors } from '../inference/posteriors.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { FittedModel } from './fit.js';
import type { Moments, Ranges } from './ranges-schema.js';

/** Quantiles that a latent is said to reach to: its extremes would be two subjects' own. */
const TAIL = 0.01;
/** Noises are looked at in subjects who have all modalities, unless these are fewer. */
const LEAST_COMPLETE = 50;
const BATCH = 512;

/** @throws DeviceError */
export async function fitRanges(
  dataset: Dataset,
  { model, parameters }: Pick<FittedModel, 'model' | 'parameters'>,
  options: ProgramOptions,
): Promise<Ranges> {
  const { modalities, split } = dataset;
  const { train, validation } = split;
  const valuesOf = (rows: Int32Array): ObservedValues[] =>
    modalities.map((modality) => selectSubjects(modality, valuesPerSubject(modality), rows));
  const parts = ModelParts.load(model, parameters, Math.min(BATCH, train.length), options);
  try {
    const { layout, width } = parts;
    const known = await posteriors(parts, valuesOf(train), train.length);
    const { reconstruction } = await posteriors(parts, valuesOf(validation), validation.length);
    const present = modalities.map(presenceOf);
    const having = modalities.map((_, m) => [...train.keys()].filter((i) => present[m][train[i]] === 1));
    const complete = having[0].filter((i) => present.every((own) => own[train[i]] === 1));
    const rowsFor = (m: number): number[] => (complete.length >= LEAST_COMPLETE ? complete : having[m]);
    const column = (values: Float32Array, columns: number, at: number, rows: readonly number[]): Float64Array =>
      Float64Array.from(rows, (row) => values[row * columns + at]);
    const entries = positionsOfLatents(layout);
    const modalityOfEntry = layout.modalities.flatMap(({ latents, exogenous }, m) =>
      new Array<number>(latents + exogenous).fill(m),
    );
    const isPrivate = [...modalityOfEntry.keys()].filter((entry) => !entries.includes(entry));
    let first = 0;
    return {
      latents: layout.modalityOf.map((m, latent) => rangeOf(column(known.mean, width, entries[latent], having[m]))),
      epsilon: layout.modalityOf.map((m, latent) =>
        momentsOf(column(known.epsilon, layout.latents, latent, rowsFor(m))),
      ),
      eta: isPrivate.map((entry) => {
        const m = modalityOfEntry[entry];
        const own = layout.modalityOf.flatMap((modality, latent) => (modality === m ? [entries[latent]] : []));
        const noise = column(known.mean, width, entry, having[m]);
        const latents = own.map((at) => column(known.mean, width, at, having[m]));
        return regression(noise, latents, known.variance[entry]);
      }),
      noise: modalities.map((modality) => {
        const offset = first;
        first += valuesPerSubject(modality);
        return modality.columns.map((_, c) =>
          rootMeanSquare(modality, c, validation, (i, at) => reconstruction[i * layout.values + offset + at]),
        );
      }),
    };
  } finally {
    await parts.dispose();
  }
}

function momentsOf(values: Float64Array): Moments {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, sd: Math.sqrt(variance) };
}

/** Least squares. @param within variance about each value of `y`, which adds to that of the residuals */
function regression(y: Float64Array, predictors: readonly Float64Array[], within: number): Ranges['eta'][number] {
  const design = new Matrix(Array.from(y, (_, row) => [1, ...predictors.map((values) => values[row])]));
  const transposed = design.transpose();
  const [mean, ...slopes] = solve(transposed.mmul(design), transposed.mmul(Matrix.columnVector(y)), true).to1DArray();
  const residuals = y.map((value, row) =>
    slopes.reduce((rest, slope, k) => rest - slope * predictors[k][row], value - mean),
  );
  return { mean, sd: Math.sqrt(momentsOf(residuals).sd ** 2 + within), slopes };
}

function rangeOf(values: Float64Array): Ranges['latents'][number] {
  const sorted = Float64Array.from(values).sort();
  return { ...momentsOf(values), low: quantileOf(sorted, TAIL), high: quantileOf(sorted, 1 - TAIL) };
}

/**
 * Over the rows, and positions of a channel, that have a value; 1, all that a standardised column has, where none does.
 * @param said of the row at i, by position among a subject's values
 */
function rootMeanSquare(
  { values, observed, ...shape }: Modality,
  column: number,
  rows: Int32Array,
  said: (i: number, at: number) => number,
): number {
  let [square, count] = [0, 0];
  const positions = positionsOf(shape.grid);
  const width = valuesPerSubject(shape);
  rows.forEach((row, i) => {
    for (let own = column * positions; own < (column + 1) * positions; own++) {
      const at = row * width + own;
      if (observed?.[at] === 0) continue;
      square += (values[at] - said(i, own)) ** 2;
      count++;
    }
  });
  return count === 0 ? 1 : Math.sqrt(square / count);
}
