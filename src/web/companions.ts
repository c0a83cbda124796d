// Describes latents by their correlations with columns of their modality, over the encoded subjects. Correlations with
// other modalities are not computed, because the model may have been trained on these subjects.

import { InputError } from '../errors/errors.js';
import { correlations } from '../report/facts/correlations.js';
import type { Companion } from './companion.js';
import type { EncodedSubjects } from './model.js';

/** Minimum number of subjects for a correlation. */
const MIN_SUBJECTS = 10;

/**
 * Returns the columns of the modality of each latent, by descending absolute correlation.
 * @returns columns by latent, such as `blood.z1`
 * @throws InputError `too-few-subjects` below ten
 */
export function companions({ dataset, latents }: EncodedSubjects): Record<string, Companion[]> {
  const rows = dataset.ids.length;
  if (rows < MIN_SUBJECTS) {
    throw new InputError('too-few-subjects', `${rows} subjects are too few for correlations: at least ten are needed.`);
  }
  // A data set of new subjects does not contain the model's number of latents.
  const modalities = dataset.modalities.map((data) => ({ ...data, latents: latents[data.name].length / rows }));
  const names = modalities.flatMap((data) => Array.from({ length: data.latents }, (_, k) => `${data.name}.z${k + 1}`));
  const values = new Float32Array(rows * names.length);
  let first = 0;
  for (const { name, latents: width } of modalities) {
    for (let row = 0; row < rows; row++) {
      values.set(latents[name].subarray(row * width, (row + 1) * width), row * names.length + first);
    }
    first += width;
  }
  const { columns } = correlations({ ...dataset, modalities }, { values, rows, columns: names.length });
  return Object.fromEntries(
    names.map((latent, k) => [
      latent,
      columns
        .filter(({ rho }) => !Number.isNaN(rho[k]))
        .map(({ modality, column, rho }) => ({ modality, column, rho: rho[k] }))
        .sort((a, b) => Math.abs(b.rho) - Math.abs(a.rho)),
    ]),
  );
}
