// Latents as the table that `interlatent encode` writes.

import { csvText } from '../files/csv-text.js';
import type { EncodedSubjects } from './model.js';

/**
 * Text of latents.csv: the id, then `<modality>.z1`, …; where subjects lack a modality, `<modality>.inferred` says
 * whose latents of it are inferred.
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
  const isAnyInferred = Object.values(inferred).some((own) => own.includes(1));
  const marks = Object.entries(isAnyInferred ? inferred : {}).map(([name, own]) => ({
    name: `${name}.inferred`,
    values: Float32Array.from(own),
  }));
  return csvText([{ name: id, values: ids }, ...columns(latents, ''), ...columns(sd ?? {}, '.sd'), ...marks]);
}
