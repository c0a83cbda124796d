// Studies of 20 people whose images or series must be refused.

import { readStudy } from '../src/study/study.js';
import type { Case } from './refusing.js';
import type { Scratch } from './scratch.js';

export const ids = Array.from({ length: 20 }, (_, i) => `p${i + 10}`);
export const noise = (i: number) => Math.round(1000 * Math.sin(7 * i * i + i)) / 10;
export const csv = (header: string, rows: readonly string[]) => `${header}\n${rows.join('\n')}\n`;
export const people = (header: string, row: (id: string, i: number) => string) => csv(header, ids.map(row));

/** Name, error code, expected message, a modality, and further keys of the study. */
type Refusal = readonly [name: string, code: string, says: RegExp, modality: string, more?: string];

/**
 * Returns cases of studies with a modality and a second one. The second modality of images is the table blood.csv,
 * which this function writes. The second modality of series is the same as the first.
 */
export function refusedStudies(file: Scratch['file']): (list: readonly Refusal[]) => Case[] {
  file(
    'blood.csv',
    people('id,iron,sugar', (id, i) => `${id},${noise(i)},${noise(i + 50)}`),
  );
  return (list) =>
    list.map(([name, code, says, modality, more = '']) => {
      const path = file(
        `${name.replaceAll(/\W+/g, '-')}.yaml`,
        `study: bad\nid: id\n${more}modalities:\n  m: { ${modality}, latents: 1 }\n` +
          `  other: { ${modality.startsWith('series') ? modality : 'table: blood.csv'}, latents: 1 }\n`,
      );
      return [name, code, says, () => readStudy(path)];
    });
}
