// Pictures of what `inspect` read: twelve subjects of every modality that is no table, evenly from the first to the
// last.

import { join } from 'node:path';
import type { Dataset } from '../data/dataset.js';
import { observedInOwnUnits } from '../data/own-units.js';
import { presenceOf } from '../data/presence.js';
import { makeFolder, writeFileAtomic } from '../files/atomic.js';
import { contactSheet } from '../images/contact-sheet.js';
import { drawnChannels, toLevels } from '../images/levels.js';
import type { Inspection, ModalityReport } from '../study/inspection.js';
import { seriesSvg } from './series-svg.js';

const SHOWN = 12;

/** A file that was drawn, and whom it shows, in order. */
export interface Drawing {
  readonly file: string;
  readonly ids: readonly string[];
}

/** @throws FileError `unwritable`, `disk-full` */
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
    const values = rows.map((row) => observedInOwnUnits(modality, row));
    const file = join(folder, `${name}.${grid.kind === 'image' ? 'png' : 'svg'}`);
    const content =
      grid.kind === 'image'
        ? contactSheet(tiles(values, grid, inspection.modalities[m]))
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

/** From the least to the largest value of the modality: black to white. */
function tiles(
  pictures: readonly Float64Array[],
  { height, width }: { readonly height: number; readonly width: number },
  { columns }: ModalityReport,
): Parameters<typeof contactSheet>[0] {
  const channels = drawnChannels(columns.length);
  const low = Math.min(...columns.slice(0, channels).map(({ min }) => min));
  const high = Math.max(...columns.slice(0, channels).map(({ max }) => max));
  const levels = pictures.map((picture) => toLevels(picture, columns.length, [low, high]));
  return { pictures: levels, height, width, channels };
}
