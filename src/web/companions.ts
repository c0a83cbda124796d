// What latents stand for: the columns of their modality that go with them among the subjects that were encoded. What
// they go with in other modalities is not read from these subjects, who may have trained the model.

import { InputError } from '../errors.js';
import { correlations } from '../report/facts/correlations.js';
import type { Companion } from './companion.js';
import type { EncodedSubjects } from './model.js';

/** Below so many subjects a correlation says nothing. */
const MIN_SUBJECTS = 10;

/**
 * Returns the columns of its modality that go with each latent, the closest first.
 * @returns by latent, `blood.z1`
 * @throws InputError `too-few-subjects` below ten
 */
export function companions({ dataset, latents }: EncodedSubjects): Record<string, Companion[]> {
  const rows = dataset.ids.length;
  if (rows < MIN_SUBJECTS) {
    throw new InputError('too-few-subjects', `What goes with what is not seen in ${rows} subjects; it takes ten.`);
  }
  // A data set of new subjects does not know how many latents the model has.
  const modalities = dataset.modalities.map((own) => ({ ...own, latents: latents[own.name].length / rows }));
  const names = modalities.flatMap((own) => Array.from({ length: own.latents }, (_, k) => `${own.name}.z${k + 1}`));
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
