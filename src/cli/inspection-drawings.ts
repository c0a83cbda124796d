// Pictures of what `inspect` read: twelve subjects of every modality that is no table, evenly from the first to the
// last.

import { join } from 'node:path';
import type { Dataset, Modality } from '../data/dataset.js';
import { positionsOf } from '../data/grid.js';
import { presenceOf } from '../data/presence.js';
import { makeFolder, writeFileAtomic } from '../files/atomic.js';
import { contactSheet } from '../images/contact-sheet.js';
import type { Inspection, ModalityReport } from '../study/inspection.js';
import { seriesSvg } from './series-svg.js';

const SHOWN = 12;

/** A file that was drawn, and whom it shows, in order. */
export interface Drawing {
  readonly file: string;
  readonly ids: readonly string[];
}

/** @throws InputError `missing-peer`; FileError `unwritable`, `disk-full` */
export async function drawInspection(
  { ids, modalities }: Dataset,
  inspection: Inspection,
  folder: string,
): Promise<Drawing[]> {
  const drawings: Drawing[] = [];
  await makeFolder(folder);
  for (const [m, modality] of modalities.entries()) {
    const { name, grid } = modality;
    if (!grid) continue;
    const present = presenceOf(modality);
    const having = ids.flatMap((_, row) => (present[row] === 1 ? [row] : []));
    const count = Math.min(SHOWN, having.length);
    const rows = Array.from({ length: count }, (_, i) => having[Math.floor((i * having.length) / count)]);
    const shown = rows.map((row) => ids[row]);
    const values = rows.map((row) => ownValues(modality, row));
    const file = join(folder, `${name}.${grid.kind === 'image' ? 'png' : 'svg'}`);
    const content =
      grid.kind === 'image'
        ? await contactSheet(tiles(values, grid, inspection.modalities[m]))
        : seriesSvg({
            name,
            seconds: grid.seconds,
            ids: shown,
            channels: modality.columns.map((one) => one.name),
            values,
          });
    await writeFileAtomic(file, content);
    drawings.push({ file, ids: shown });
  }
  return drawings;
}

/** A subject's values as they were read, channels × positions; NaN where missing. */
function ownValues({ columns, grid, values, observed }: Modality, row: number): Float64Array {
  const positions = positionsOf(grid);
  const width = columns.length * positions;
  return Float64Array.from({ length: width }, (_, at) => {
    const { mean, sd } = columns[Math.floor(at / positions)];
    return observed?.[row * width + at] === 0 ? NaN : values[row * width + at] * sd + mean;
  });
}

/** From the least to the largest value of the modality: black to white. Of 2 channels or more than 3 the first one. */
function tiles(
  pictures: readonly Float64Array[],
  { height, width }: { readonly height: number; readonly width: number },
  { columns }: ModalityReport,
): Parameters<typeof contactSheet>[0] {
  const channels = columns.length === 3 ? 3 : 1;
  const low = Math.min(...columns.slice(0, channels).map(({ min }) => min));
  const high = Math.max(...columns.slice(0, channels).map(({ max }) => max));
  const pixels = height * width;
  const levels = pictures.map((picture) =>
    Uint8Array.from({ length: pixels * channels }, (_, i) => {
      const value = picture[(i % channels) * pixels + Math.floor(i / channels)];
      return Math.round((255 * (value - low)) / (high - low || 1));
    }),
  );
  return { pictures: levels, height, width, channels };
}
