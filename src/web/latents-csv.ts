// Writes latents as the table of `interlatent encode`.

import { csvText } from '../files/csv-text.js';
import type { EncodedSubjects } from './model.js';

/**
 * Returns the text of latents.csv: the id, then `<modality>.z1`, …. If subjects lack a modality, `<modality>.inferred`
 * is 1 for subjects whose latents are inferred.
 * @param id name of the id column, `model.summary.id`
 */
export function latentsCsv({ ids, latents, sd, inferred }: EncodedSubjects, id: string): string {
  const rows = ids.length;
  const columns = (of: Readonly<Record<string, Float32Array>>, suffix: string) =>
    Object.entries(of).flatMap(([name, values]) => {
      const width = values.length / rows;
      return Array.from({ length: width }, (_, k) => ({
        name: `${name}.z${k + 1}${suffix}`,
        values: Float32Array.from({ length: rows }, (_value, row) => values[row * width + k]),
      }));
    });
  const isAnyInferred = Object.values(inferred).some((flags) => flags.includes(1));
  const marks = Object.entries(isAnyInferred ? inferred : {}).map(([name, flags]) => ({
    name: `${name}.inferred`,
    values: Float32Array.from(flags),
  }));
  return csvText([{ name: id, values: ids }, ...columns(latents, ''), ...columns(sd ?? {}, '.sd'), ...marks]);
}
