// Measurement noise of linear subspaces, for fits with observed causes.
//
// A modality's columns are x = Λ v* + ε with independent noise ε of variances ψ, and its encodings are v = T x, where T
// is the encoder. So v has noise of covariance N = T diag(ψ) Tᵀ. The residuals of the columns given the encodings,
// r = (I − B T) ε, have variances (R ∘ R) ψ, R = I − B T: this gives ψ without the bias of the residuals themselves
// (MINQUE, Rao 1970). With few columns per encoding some of ψ are not determined; a ridge draws these to the common
// variance of all columns of the modality (probabilistic principal components, Tipping & Bishop 1999). A modality with
// one encoding per column shows no noise.
//
// Networks and residual subspaces are left as they are. A residual network bends the noise too. The joint model is
// trained with noise on the encodings, and its encoders are posterior means already. Their variances are those of a
// factorised posterior, which are too small (Turner & Sahani 2011), so they are no estimate of N.

import { inverse, Matrix } from 'ml-matrix';
import { isSquaredError } from '../data/kinds.js';
import { presenceOf } from '../data/presence.js';
import type { Dataset, Modality } from '../data/dataset.js';
import { Inference, type ParameterValues } from '../inference/inference.js';
import { centredMatrix, columnMeans, leastSquares } from '../linear/index.js';
import type { Samples } from '../metrics/index.js';
import { withoutNoiseMap } from '../moments/without-noise.js';
import type { LatentLayout } from '../networks/layout.js';
import { networkName, type ModelConfig } from '../networks/multimodal.js';
import { affordableRows, tableOf } from '../quality/index.js';
import type { ProgramOptions } from '../runtime/program.js';

/** Ridge of the variances of columns, as a share of the squared variance of a residual that is all noise. */
const RIDGE = 0.002;
/** Subjects per column that the estimate needs. */
const SUBJECTS_PER_COLUMN = 5;

/** Noise of a modality's encodings. */
interface EncodingNoise {
  /** d × d. */
  readonly covariance: Matrix;
  /** Matrix of the posterior mean: v* is estimated by centre + matrix (v − centre). */
  readonly toMean: Matrix;
  readonly centre: readonly number[];
}

/**
 * Returns the noise of the encodings of every modality; undefined for modalities that show none.
 * @param encoded encodings of all subjects, subjects × D
 * @param parameters those of the subspaces, `[1, …]` each
 */
export async function encodingNoises(
  dataset: Dataset,
  model: ModelConfig,
  parameters: ParameterValues,
  encoded: Float32Array,
  layout: LatentLayout,
  options: ProgramOptions,
): Promise<(EncodingNoise | undefined)[]> {
  const rows = affordableRows(dataset, dataset.split.train);
  const inference = new Inference(model, 1, parameters, options);
  try {
    const [rebuilt] = await inference.reconstruct(dataset.modalities, rows);
    const width = rebuilt.length / rows.length;
    let first = 0;
    return dataset.modalities.map((modality, m) => {
      const columns = modality.columns.length;
      const from = first;
      first += columns;
      if (!modality.columns.every(({ kind }) => isSquaredError(kind))) return undefined;
      const complete = completeRows(modality, rows);
      if (complete.length < SUBJECTS_PER_COLUMN * columns) return undefined;
      const places = Int32Array.from(complete, (i) => rows[i]);
      const d = layout.modalities[m].latents;
      const numbers = picked(encoded, places, { width: layout.latents, from: layout.offsets[m], columns: d });
      const { samples } = tableOf([modality], places);
      const fitted = picked(rebuilt, Int32Array.from(complete), { width, from, columns });
      return noiseOf(numbers, samples, fitted);
    });
  } finally {
    await inference.dispose();
  }
}

/** Returns the positions in `rows` of subjects with every value of the modality. */
function completeRows(modality: Modality, rows: Int32Array): number[] {
  const present = presenceOf(modality);
  const { observed } = tableOf([modality], rows);
  const columns = observed ? observed.length / rows.length : 0;
  return [...rows.keys()].filter(
    (i) => present[rows[i]] === 1 && !observed?.subarray(i * columns, (i + 1) * columns).includes(0),
  );
}

function picked(
  values: Float32Array,
  rows: Int32Array,
  { width, from, columns }: { readonly width: number; readonly from: number; readonly columns: number },
): Samples {
  const chosen = new Float64Array(rows.length * columns);
  rows.forEach((row, i) => {
    for (let c = 0; c < columns; c++) chosen[i * columns + c] = values[row * width + from + c];
  });
  return { values: chosen, rows: rows.length, columns };
}

/**
 * Returns the noise of encodings.
 * @param encodings subjects × d
 * @param samples columns of the modality, subjects × p
 * @param fitted what the decoder predicts of the columns from the encodings, subjects × p
 */
export function noiseOf(encodings: Samples, samples: Samples, fitted: Samples): EncodingNoise | undefined {
  const { rows, columns } = samples;
  const d = encodings.columns;
  if (columns <= d || rows <= columns) return undefined;
  const centre = columnMeans(encodings);
  const v = centredMatrix(encodings, centre);
  const x = centredMatrix(samples, columnMeans(samples));
  const toColumns = leastSquares(v, x);
  const toEncodings = leastSquares(x, v);
  const rest = Matrix.sub(centredMatrix(samples, columnMeans(samples)), centredMatrix(fitted, columnMeans(fitted)));
  const variances = rest
    .pow(2)
    .sum('column')
    .map((sum) => sum / (rows - d - 1));
  // R[c, q]: how the noise of column q appears in the residual of column c.
  const shown = Matrix.sub(Matrix.eye(columns), toEncodings.mmul(toColumns).transpose());
  const squares = shown.pow(2);
  const noise = columnNoise(squares, variances);
  const covariance = toEncodings.transpose().mmul(toEncodings.clone().mulColumnVector(noise));
  const total = v.transpose().mmul(v).div(rows);
  return { covariance, toMean: withoutNoiseMap(total, covariance, 1), centre: [...centre] };
}

/** Returns ψ ≥ 0 from squares · ψ = variances, drawn to a common variance. */
function columnNoise(squares: Matrix, variances: readonly number[]): number[] {
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const common = sum(variances) / squares.sum();
  const size = squares.rows;
  const rest = Matrix.columnVector(variances.map((value, c) => value - common * sum(squares.getRow(c))));
  const normal = squares.transpose().mmul(squares).add(Matrix.eye(size).mul(RIDGE));
  const changes = inverse(normal).mmul(squares.transpose().mmul(rest));
  return changes.to1DArray().map((change) => Math.max(0, common + change));
}

/**
 * Returns parameters whose encoders give posterior means of the encodings without noise.
 * @param parameters those of the subspaces, `[1, …]` each
 */
export function encodingMeans(
  parameters: ParameterValues,
  layout: LatentLayout,
  noises: readonly (EncodingNoise | undefined)[],
): ParameterValues {
  const changed = new Map(parameters);
  layout.groups.forEach(({ members }, g) => {
    const name = networkName('encoder', g, layout.groups.length);
    let last = 0;
    while (parameters.has(`${name}.${last + 1}.weight`)) last++;
    const of = (part: 'weight' | 'bias'): Float32Array => {
      const { shape, values } = parameters.get(`${name}.${last}.${part}`)!;
      const copy = values.slice();
      changed.set(`${name}.${last}.${part}`, { shape, values: copy });
      return copy;
    };
    const [weight, bias] = [of('weight'), of('bias')];
    members.forEach((m, position) => {
      const noise = noises[m];
      if (!noise) return;
      const outputs = bias.length / members.length;
      const inputs = weight.length / bias.length;
      const d = noise.centre.length;
      // Encodings come first, before the variances.
      const biases = bias.subarray(position * outputs, position * outputs + d);
      const weights = weight.subarray(position * outputs * inputs, (position * outputs + d) * inputs);
      const centre = Matrix.columnVector([...noise.centre]);
      const shifts = Matrix.columnVector([...biases]).sub(centre);
      biases.set(noise.toMean.mmul(shifts).add(centre).to1DArray());
      weights.set(noise.toMean.mmul(Matrix.from1DArray(d, inputs, weights)).to1DArray());
    });
  });
  return changed;
}

/** Returns the covariance of the noise of whitened values, D × D; undefined if no modality shows noise. */
export function whitenedNoise(
  layout: LatentLayout,
  noises: readonly (EncodingNoise | undefined)[],
  whitenings: readonly { readonly matrix: Matrix }[],
): Matrix | undefined {
  if (noises.every((noise) => noise === undefined)) return undefined;
  const all = Matrix.zeros(layout.latents, layout.latents);
  noises.forEach((noise, m) => {
    const { matrix } = whitenings[m];
    const offset = layout.offsets[m];
    if (noise) all.setSubMatrix(matrix.mmul(noise.covariance).mmul(matrix.transpose()), offset, offset);
  });
  return all;
}
