// Linear methods that relate each modality to all other modalities: PCA, PLS, CCA, reduced-rank ridge regression. ICA
// is FastICA of the canonical variates. Missing cells have the mean of their column.

import { Matrix } from 'ml-matrix';
import { InputError } from '../errors/errors.js';
import {
  centredMatrix,
  columnMeans,
  fastIca,
  linearMethods,
  negentropy,
  principalComponents,
  unmix,
  type LinearMethodName,
} from '../linear/index.js';
import { selectRows, type Samples } from '../metrics/index.js';
import { filled, observedMeans, spreadOver, maxSampled, type Table } from '../quality/index.js';
import { RandomStream } from '../random/random-stream.js';
import { nextTurn } from '../threads/next-turn.js';
import type { ComparedData, ComparedModality } from './compared-data.js';
import { withoutAbsent, type Method, type MethodInput } from './method.js';

/** Number of starts of FastICA. Validation subjects choose among them. */
const ICA_STARTS = 5;
/** First random stream of the starts. */
const STREAM = 0x63700000;

/** Returns a linear method. */
export function linearMethod(name: string, title: string, linear: LinearMethodName): Method {
  return {
    name,
    title,
    fit: async ({ data, signal }) => ({ latents: masked(data, await scoresOf(data, linear, signal)) }),
  };
}

/** CCA, then FastICA within each modality: the start with the largest negentropy in validation subjects. */
export const ICA: Method = {
  name: 'ica',
  title: 'FastICA of canonical variates',
  fit: async ({ data, seed, signal }: MethodInput) => {
    const scores = await scoresOf(data, 'CCA', signal);
    const { train, validation } = data.split;
    const latents: Samples[] = [];
    for (const [m, { present }] of data.modalities.entries()) {
      const known = (rows: Int32Array) => rows.filter((row) => present[row] === 1);
      const learned = selectRows(scores[m], known(train));
      const judged = selectRows(scores[m], known(validation));
      const { columns } = scores[m];
      let best: { values: Matrix; contrast: number } | undefined;
      for (let start = 0; start < ICA_STARTS; start++) {
        await nextTurn();
        signal.throwIfAborted();
        const random = new RandomStream(seed, STREAM + m * ICA_STARTS + start);
        const unmixing = fastIca(learned, { start: randomMatrix(columns, columns, random) });
        const contrast = negentropy(unmix(judged, unmixing));
        if (best === undefined || contrast > best.contrast) best = { values: unmix(scores[m], unmixing), contrast };
      }
      latents.push(samplesOf(best!.values));
    }
    return { latents: masked(data, latents) };
  },
};

/** Returns the scores of all subjects, by modality. */
async function scoresOf(data: ComparedData, name: LinearMethodName, signal: AbortSignal): Promise<Samples[]> {
  const { modalities } = data;
  if (modalities.length === 1) {
    if (name === 'PCA') return [principalScores(data, modalities[0])];
    throw new InputError(
      'too-few-modalities',
      `Modality "${modalities[0].name}" is the only one of the study, and ${name} relates modalities. ` +
        'Leave the method out of --methods, or add a modality.',
    );
  }
  const rows = spreadOver(data.split.train, maxSampled.subjects);
  const tables = modalities.map(({ table }) => filledBy(table, rows));
  const subjects = modalities.map((_, m) => withAnother(modalities, rows, m));
  const isWhole = subjects.every(({ length }) => length === rows.length);
  const methods = await linearMethods(
    tables.map((table) => selectRows(table, rows)),
    modalities.map(({ latents }) => latents),
    { names: [name], signal, ...(!isWhole && { subjects }) },
  );
  return modalities.map(({ latents }, m) => {
    const centred = centredMatrix(tables[m], columnMeans(selectRows(tables[m], rows)));
    const method = methods[m].at(0);
    return samplesOf(
      method === undefined ? Matrix.zeros(data.ids.length, latents) : padded(centred.mmul(method.weights), latents),
    );
  });
}

function principalScores({ split }: ComparedData, { table, latents }: ComparedModality): Samples {
  const values = filledBy(table, split.train);
  const { centre, loadings } = principalComponents(selectRows(values, split.train), latents);
  return samplesOf(padded(centredMatrix(values, centre).mmul(loadings), latents));
}

/** Returns the values with the means of these rows for missing cells. */
export function filledBy(table: Table, rows: Int32Array): Samples {
  const { samples, observed } = table;
  if (observed === undefined) return samples;
  const { columns } = samples;
  const marks = selectRows({ values: Float32Array.from(observed), rows: samples.rows, columns }, rows).values;
  return filled(table, observedMeans({ samples: selectRows(samples, rows), observed: Uint8Array.from(marks) }));
}

/** Returns the positions in `rows` of the subjects who have modality m and another one. */
function withAnother(modalities: readonly ComparedModality[], rows: Int32Array, m: number): Int32Array {
  const has = (row: number): boolean =>
    modalities[m].present[row] === 1 && modalities.some(({ present }, i) => i !== m && present[row] === 1);
  return Int32Array.from(rows.keys()).filter((position) => has(rows[position]));
}

function masked({ modalities }: ComparedData, latents: readonly Samples[]): Samples[] {
  return latents.map((samples, m) => withoutAbsent(samples, modalities[m].present));
}

export function samplesOf(matrix: Matrix): Samples<Float64Array> {
  return { values: Float64Array.from(matrix.to1DArray()), rows: matrix.rows, columns: matrix.columns };
}

export function randomMatrix(rows: number, columns: number, random: RandomStream): Matrix {
  return Matrix.from1DArray(
    rows,
    columns,
    Array.from({ length: rows * columns }, () => random.normal()),
  );
}

/** Returns `width` columns: zeros follow if there are fewer. */
export function padded(matrix: Matrix, width: number): Matrix {
  if (matrix.columns === width) return matrix;
  const result = Matrix.zeros(matrix.rows, width);
  result.setSubMatrix(matrix, 0, 0);
  return result;
}
