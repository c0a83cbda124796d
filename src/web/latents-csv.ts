// Latents as the table that `interlatent encode` writes.

import { floatText } from '../files/float-text.js';
import { quoteCell } from '../files/csv-text.js';
import type { EncodedSubjects } from './model.js';

/**
 * Text of latents.csv: the id, then `<modality>.z1`, …; where subjects lack a modality, `<modality>.inferred` says
 * whose latents of it are inferred.
 * @param id name of the id column, `model.summary.id`
 */
export function latentsCsv({ ids, latents, sd, inferred }: EncodedSubjects, id: string): string {
  const rows = ids.length;
  const marks = Object.values(inferred).some((own) => own.includes(1));
  const numbers = (of: Readonly<Record<string, Float32Array>>, suffix: string) =>
    Object.entries(of).flatMap(([name, values]) => {
      const width = values.length / rows;
      return Array.from({ length: width }, (_, k) => ({
        name: `${name}.z${k + 1}${suffix}`,
        cell: (row: number) => floatText(values[row * width + k]),
      }));
    });
  const columns = [
    ...numbers(latents, ''),
    ...numbers(sd ?? {}, '.sd'),
    ...(marks
      ? Object.entries(inferred).map(([name, own]) => ({
          name: `${name}.inferred`,
          cell: (row: number) => String(own[row]),
        }))
      : []),
  ];
  const header = [id, ...columns.map(({ name }) => name)].map(quoteCell).join(',');
  const lines = ids.map((own, row) => [quoteCell(own), ...columns.map(({ cell }) => cell(row))].join(','));
  return `${[header, ...lines].join('\n')}\n`;
}
