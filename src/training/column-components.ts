// Principal components of the columns of each modality, as the decoders see them.

import type { Dataset } from '../data/dataset.js';
import { valueCount } from '../data/observation.js';
import { presenceOf } from '../data/presence.js';
import { Inference, type ParameterValues } from '../inference/inference.js';
import { centredMatrix, principalComponents } from '../linear/index.js';
import { block, selectRows, type Samples } from '../metrics/index.js';
import { componentCount } from '../networks/column-curves.js';
import type { ModelConfig } from '../networks/multimodal.js';
import type { ProgramOptions } from '../runtime/program.js';

/** Maximum number of subjects from which the components are computed. */
const MAX_SUBJECTS = 1024;
/** Number of subjects whose columns are in memory at once, after the components are known. */
const CHUNK = 512;

/**
 * Returns the principal components of the reconstructed columns of every modality, subjects × components, scaled so
 * that the variances of a modality sum to its number of latents among the subjects that have it. Components that
 * columns lack are 0.
 * @param parameters of one restart
 * @throws DeviceError
 */
export async function columnComponents(
  { modalities, split, ids }: Pick<Dataset, 'modalities' | 'split' | 'ids'>,
  model: ModelConfig,
  parameters: ParameterValues,
  options: ProgramOptions,
): Promise<Float32Array[]> {
  const inference = new Inference(model, 1, parameters, options);
  try {
    const rebuilt = async (rows: Int32Array): Promise<Samples> => {
      const [values] = await inference.reconstruct(modalities, rows);
      return { values, rows: rows.length, columns: values.length / rows.length };
    };
    const chosen = evenlySpread(split.train);
    const sample = await rebuilt(chosen);
    let first = 0;
    const parts = model.modalities.map(({ latents, observation }, m) => {
      const columns = valueCount(observation);
      const present = presenceOf(modalities[m]);
      const having = [...chosen.keys()].filter((at) => present[chosen[at]] === 1);
      const known = selectRows(block(sample, first, first + columns), having);
      const { centre, loadings, scores } = principalComponents(known, componentCount(latents));
      const variance = scores.to1DArray().reduce((sum, score) => sum + score ** 2, 0) / known.rows;
      const scale = variance > 0 ? Math.sqrt(latents / variance) : 0;
      first += columns;
      return { from: first - columns, centre, loadings, scale, count: componentCount(latents) };
    });
    const components = parts.map(({ count }) => new Float32Array(ids.length * count));
    for (let start = 0; start < ids.length; start += CHUNK) {
      const rows = Int32Array.from({ length: Math.min(CHUNK, ids.length - start) }, (_, i) => start + i);
      const chunk = await rebuilt(rows);
      parts.forEach(({ from, centre, loadings, scale, count }, m) => {
        const scores = centredMatrix(block(chunk, from, from + centre.length), centre).mmul(loadings);
        for (let row = 0; row < rows.length; row++) {
          for (let k = 0; k < scores.columns; k++) {
            components[m][(start + row) * count + k] = scale * scores.get(row, k);
          }
        }
      });
    }
    return components;
  } finally {
    await inference.dispose();
  }
}

function evenlySpread(rows: Int32Array): Int32Array {
  const count = Math.min(rows.length, MAX_SUBJECTS);
  return Int32Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)]);
}
