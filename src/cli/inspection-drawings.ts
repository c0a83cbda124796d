// Drawings for `inspect`: twelve evenly spaced subjects of every image or series modality.

import { join } from 'node:path';
import type { Dataset } from '../data/dataset.js';
import { observedInChannelUnits } from '../data/channel-units.js';
import { presenceOf } from '../data/presence.js';
import { makeFolder, writeFileAtomic } from '../files/atomic.js';
import { contactSheet } from '../images/contact-sheet.js';
import { drawnChannels, toIntensities } from '../images/intensities.js';
import type { Inspection, ModalityReport } from '../study/inspection/inspection.js';
import { seriesSvg } from './series-svg.js';

const SHOWN = 12;

/** A drawing, and the subjects that it shows, in order. */
export interface Drawing {
  readonly file: string;
  readonly ids: readonly string[];
}

/** Writes the drawings. @throws FileError `unwritable`, `disk-full` */
export async function drawInspection(
  { ids, modalities }: Dataset,
  inspection: Inspection,
  folder: string,
): Promise<Drawing[]> {
  const drawings: Drawing[] = [];
  await makeFolder(folder);
  for (const [m, modality] of modalities.entries()) {
    const { name, regularArray } = modality;
    if (!regularArray) continue;
    const present = presenceOf(modality);
    const having = ids.flatMap((_, row) => (present[row] === 1 ? [row] : []));
    const count = Math.min(SHOWN, having.length);
    const rows = Array.from({ length: count }, (_, i) => having[Math.floor((i * having.length) / count)]);
    const shown = rows.map((row) => ids[row]);
    const values = rows.map((row) => observedInChannelUnits(modality, row));
    const file = join(folder, `${name}.${regularArray.kind === 'image' ? 'png' : 'svg'}`);
    const content =
      regularArray.kind === 'image'
        ? contactSheet(tiles(values, regularArray, inspection.modalities[m]))
        : seriesSvg({
            name,
            seconds: regularArray.seconds,
            ids: shown,
            channels: modality.columns.map((one) => one.name),
            values,
          });
    await writeFileAtomic(file, content);
    drawings.push({ file, ids: shown });
  }
  return drawings;
}

/** Returns tiles in which black and white are the minimum and maximum of the modality. */
function tiles(
  images: readonly Float64Array[],
  { height, width }: { readonly height: number; readonly width: number },
  { columns }: ModalityReport,
): Parameters<typeof contactSheet>[0] {
  const channels = drawnChannels(columns.length);
  const low = Math.min(...columns.slice(0, channels).map(({ min }) => min));
  const high = Math.max(...columns.slice(0, channels).map(({ max }) => max));
  const intensities = images.map((image) => toIntensities(image, columns.length, [low, high]));
  return { images: intensities, height, width, channels };
}
