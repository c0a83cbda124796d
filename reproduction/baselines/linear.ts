// Baselines without networks: canonical correlation with FastICA, and Bayesian group factor analysis. Missing cells
// have the mean of their column. Each method chooses among its restarts by its objective, without the truth.

import { Matrix } from 'ml-matrix';
import type { Dataset, Modality } from '../../src/data/dataset.js';
import { presence } from '../../src/data/presence.js';
import { InputError } from '../../src/errors/errors.js';
import {
  centredMatrix,
  fastIca,
  groupFactors,
  joinColumns,
  linearMethods,
  negentropy,
  principalComponents,
  unmix,
  type GroupFactors,
  type Unmixing,
} from '../../src/linear/index.js';
import { selectRows, type Samples } from '../../src/metrics/index.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { nextTurn } from '../../src/threads/next-turn.js';
import type { BaselineRequest } from './training.js';

/** Settings of a baseline that is not trained by gradients. */
export interface LinearSettings {
  readonly restarts: number;
}

/** Latents of each modality, subjects × latents. */
type Blocks = { readonly latents: number; readonly values: Float32Array }[];

/** First random stream of the initial values. */
const STREAM = 0x6c690000;
/** Maximal number of columns of a modality. A wider modality is replaced by its leading principal components. */
const MAX_COLUMNS = 100;
/** Factor scores with a smaller mean square are rounding errors. */
const NEGLIGIBLE = 1e-12;

/**
 * Computes the canonical correlation of each modality with all other modalities together, with one dimension per
 * latent, then FastICA within the modality. Cross-validation chooses the shrinkage of covariances. The result is the
 * restart of FastICA with the maximal negentropy on validation subjects.
 */
export async function canonicalIca(request: BaselineRequest, settings: LinearSettings): Promise<Blocks> {
  const { dataset, seed, restarts = settings.restarts, signal } = request;
  const { train, validation } = dataset.split;
  const tables = dataset.modalities.map((modality) => tableOf(modality, dataset));
  const latents = dataset.modalities.map((modality) => modality.latents);
  const methods = await linearMethods(
    tables.map((table) => selectRows(table, train)),
    latents,
    { names: ['CCA'], signal },
  );
  const blocks: { latents: number; values: Float32Array }[] = [];
  for (const [m, table] of tables.entries()) {
    const width = latents[m];
    if (methods[m].length === 0) {
      blocks.push({ latents: width, values: new Float32Array(table.rows * width) });
      continue;
    }
    const scores = asSamples(
      centredMatrix(table, new Array<number>(table.columns).fill(0)).mmul(methods[m][0].weights),
    );
    const learned = selectRows(scores, train);
    const judged = selectRows(scores, validation.length > 1 ? validation : train);
    const fits: { fit: Unmixing; contrast: number }[] = [];
    for (let restart = 0; restart < restarts; restart++) {
      await nextTurn();
      signal?.throwIfAborted();
      const start = randomMatrix(scores.columns, scores.columns, new RandomStream(seed, STREAM + m * 1000 + restart));
      const fit = fastIca(learned, { start });
      fits.push({ fit, contrast: negentropy(unmix(judged, fit)) });
    }
    const { fit } = fits.reduce((a, b) => (b.contrast > a.contrast ? b : a));
    blocks.push({ latents: width, values: padded(unmix(scores, fit), width) });
  }
  return withoutAbsent(blocks, dataset);
}

/**
 * Computes a Bayesian group factor analysis of all modalities, with a factor for each latent and each private noise.
 * Every modality is offered all factors, of which the assignment takes the best. The result is the restart with the
 * maximal evidence bound.
 */
export async function factorAnalysis(request: BaselineRequest, settings: LinearSettings): Promise<Blocks> {
  const { dataset, seed, restarts = settings.restarts, signal } = request;
  const { train } = dataset.split;
  const tables = dataset.modalities.map((modality) => {
    const table = tableOf(modality, dataset);
    const { centre, loadings } = principalComponents(selectRows(table, train), MAX_COLUMNS);
    const centred = centredMatrix(table, centre);
    return table.columns > MAX_COLUMNS ? centred.mmul(loadings) : centred;
  });
  const views = tables.flatMap((table, m) => new Array<number>(table.columns).fill(m));
  const all = joinColumns(tables);
  const learned = all.subMatrixRow(Array.from(train));
  const products = learned.transpose().mmul(learned);
  const factors = dataset.modalities.reduce((sum, modality) => sum + modality.latents + modality.exogenous, 0);
  const fits: GroupFactors[] = [];
  for (let restart = 0; restart < restarts; restart++) {
    await nextTurn();
    signal?.throwIfAborted();
    const start = randomMatrix(views.length, factors, new RandomStream(seed, STREAM + restart));
    fits.push(groupFactors(products, { rows: train.length, views, start }));
  }
  const { weights } = fits.reduce((a, b) => (b.bounds.at(-1)! > a.bounds.at(-1)! ? b : a));
  const values = padded(withoutRounding(all.mmul(weights)), factors);
  return tables.map(() => ({ latents: factors, values }));
}

/** Sets the scores of unused factors to zero, because their rounding errors could correlate with a latent. */
function withoutRounding(scores: Matrix): Matrix {
  for (let k = 0; k < scores.columns; k++) {
    const mean = scores.getColumn(k).reduce((sum, value) => sum + value * value, 0) / scores.rows;
    if (mean < NEGLIGIBLE) for (let row = 0; row < scores.rows; row++) scores.set(row, k, 0);
  }
  return scores;
}

/** Returns the values of a modality. @throws InputError `modality-mismatch` if they are on disk */
function tableOf({ name, values }: Modality, { ids }: Dataset): Samples {
  if (values.length === 0) {
    throw new InputError(
      'modality-mismatch',
      `The linear baselines need all values of ${name} in memory; its images are on disk.`,
    );
  }
  return { values, rows: ids.length, columns: values.length / ids.length };
}

/** Replaces the latents of modalities that subjects lack by NaN. */
function withoutAbsent(blocks: Blocks, { modalities }: Dataset): Blocks {
  const present = presence(modalities);
  if (!present) return blocks;
  return blocks.map(({ latents, values }, m) => ({
    latents,
    values: values.map((value, at) => (present[m][Math.floor(at / latents)] === 1 ? value : NaN)),
  }));
}

function asSamples(matrix: Matrix): Samples {
  return { values: Float64Array.from(matrix.to1DArray()), rows: matrix.rows, columns: matrix.columns };
}

function randomMatrix(rows: number, columns: number, random: RandomStream): Matrix {
  const values = Array.from({ length: rows * columns }, () => random.normal());
  return Matrix.from1DArray(rows, columns, values);
}

/** Returns rows × `width` values, filled up with zeros if there are fewer components. */
function padded(matrix: Matrix, width: number): Float32Array {
  const values = new Float32Array(matrix.rows * width);
  for (let row = 0; row < matrix.rows; row++) values.set(matrix.getRow(row), row * width);
  return values;
}
