// Studies of 20 people whose images or series must be refused.

import { readStudy } from '../src/study/study.js';
import type { Case } from './refusing.js';
import type { Scratch } from './scratch.js';

export const ids = Array.from({ length: 20 }, (_, i) => `p${i + 10}`);
export const noise = (i: number) => Math.round(1000 * Math.sin(7 * i * i + i)) / 10;
export const csv = (header: string, rows: readonly string[]) => `${header}\n${rows.join('\n')}\n`;
export const people = (header: string, row: (id: string, i: number) => string) => csv(header, ids.map(row));

/** Name, code, what the message must say, a modality, and further keys of the study. */
type Refusal = readonly [name: string, code: string, says: RegExp, modality: string, more?: string];

/**
 * Studies of one modality as given: of images beside the table blood.csv, which is written, of series, which may be
 * windows, beside itself.
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
