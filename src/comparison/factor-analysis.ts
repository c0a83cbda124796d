// Factor analysis of all modalities together, as MOFA does it: Bayesian group factor analysis with a relevance for each
// modality and factor. The latents of a modality are posterior means given its columns alone, because factors that read
// all modalities would contain what they are to predict. Missing cells have the mean of their column.

import { Matrix, solve } from 'ml-matrix';
import { centredMatrix, columnMeans, groupFactors, joinColumns, principalComponents } from '../linear/index.js';
import { selectRows, type Samples } from '../metrics/index.js';
import { nextTurn } from '../threads/next-turn.js';
import type { ComparedData } from './compared-data.js';
import { filledBy, padded, samplesOf } from './linear-methods.js';
import { withoutAbsent, type Method } from './method.js';

/** The factors are iterated until they agree with those of other programs to three digits. */
const STOP = { iterations: 10_000, tolerance: 1e-11 };
/** Maximum number of columns of a modality. Leading principal components replace more. */
const MAX_COLUMNS = 200;

export interface ModalityFactors {
  /** Subjects × factors: posterior means given the columns of the modality. */
  readonly scores: Matrix;
  /** Sum of squared loadings of each factor in the modality. */
  readonly strengths: readonly number[];
}

export const FACTOR_ANALYSIS: Method = {
  name: 'fa',
  title: 'Factor analysis of all modalities',
  fit: async ({ data, signal }) => {
    const { modalities } = data;
    const count = Math.max(...modalities.map(({ latents }) => latents));
    const factors = await factorScores(data, count, signal);
    return {
      latents: modalities.map(({ present, latents }, m) => {
        const { scores, strengths } = factors[m];
        const order = [...strengths.keys()].sort((a, b) => strengths[b] - strengths[a]).slice(0, latents);
        return withoutAbsent(samplesOf(padded(scores.subMatrixColumn(order), latents)), present);
      }),
    };
  },
};

/**
 * Fits factors on the training subjects, from principal components, as scikit-learn and mofapy2 do. Random starts may
 * reach a higher likelihood with factors that explain less. Returns what each modality alone shows of the factors, for
 * all subjects.
 */
export async function factorScores(
  { modalities, split }: ComparedData,
  count: number,
  signal?: AbortSignal,
): Promise<ModalityFactors[]> {
  const tables = modalities.map(({ table }) => reduced(filledBy(table, split.train), split.train));
  const views = tables.flatMap((table, m) => new Array<number>(table.columns).fill(m));
  const learned = joinColumns(tables).subMatrixRow(Array.from(split.train));
  const products = learned.transpose().mmul(learned);
  await nextTurn();
  signal?.throwIfAborted();
  const start = principalLoadings(samplesOf(learned), count);
  const { loadings, noiseVariances } = groupFactors(products, { rows: split.train.length, views, start, ...STOP });
  return tables.map((table, m) => {
    const columns = views.flatMap((view, d) => (view === m ? [d] : []));
    const ofModality = loadings.subMatrixRow(columns);
    const scaled = ofModality.clone().divColumnVector(columns.map((d) => noiseVariances[d]));
    const precision = ofModality.transpose().mmul(scaled).add(Matrix.eye(count));
    return {
      scores: table.mmul(solve(precision, scaled.transpose()).transpose()),
      strengths: Array.from({ length: count }, (_, k) => ofModality.getColumn(k).reduce((sum, w) => sum + w * w, 0)),
    };
  });
}

/** Returns loadings of unit-variance principal components: columns × factors, 0 for factors beyond the rank. */
function principalLoadings(learned: Samples, count: number): Matrix {
  const { loadings, scores } = principalComponents(learned, count);
  const sds = Array.from({ length: loadings.columns }, (_, k) =>
    Math.sqrt(scores.getColumn(k).reduce((sum, value) => sum + value ** 2, 0) / scores.rows),
  );
  return padded(loadings.clone().mulRowVector(sds), count);
}

/** Returns the centred columns of all rows, or their principal components if there are too many. */
function reduced(values: Samples, train: Int32Array): Matrix {
  const learned = selectRows(values, train);
  if (values.columns <= MAX_COLUMNS) return centredMatrix(values, columnMeans(learned));
  const { centre, loadings } = principalComponents(learned, MAX_COLUMNS);
  return centredMatrix(values, centre).mmul(loadings);
}
