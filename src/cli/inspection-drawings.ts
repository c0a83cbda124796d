// Drawings for `inspect`: twelve evenly spaced subjects of every image or series modality.

import { join } from 'node:path';
import type { Dataset } from '../data/dataset.js';
import { observedInChannelUnits } from '../data/channel-units.js';
import { presenceOf } from '../data/presence.js';
import type { ArrayKind, RegularArray } from '../data/regular-array.js';
import { makeFolder, writeFileAtomic } from '../files/atomic.js';
import { contactSheet, type Tiles } from '../images/contact-sheet.js';
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
    const { extension, content } = drawn({ regularArray, values, ids: shown, report: inspection.modalities[m] });
    const file = join(folder, `${name}.${extension}`);
    await writeFileAtomic(file, content);
    drawings.push({ file, ids: shown });
  }
  return drawings;
}

/** Some subjects of a modality. */
interface Drawn<Kind extends ArrayKind> {
  readonly regularArray: RegularArray<Kind>;
  /** Values of each subject, channels × positions; NaN if missing. */
  readonly values: readonly Float64Array[];
  readonly ids: readonly string[];
  readonly report: ModalityReport;
}

interface DrawnFile {
  readonly extension: string;
  readonly content: string | Uint8Array;
}

/** Drawings of each kind of regular array. */
const DRAWINGS: { readonly [Kind in ArrayKind]: (drawn: Drawn<Kind>) => DrawnFile } = {
  image: (drawn) => ({ extension: 'png', content: contactSheet(tiles(drawn)) }),
  series: ({ regularArray: { seconds }, values, ids, report: { name, columns } }) => {
    const channels = columns.map((column) => column.name);
    return { extension: 'svg', content: seriesSvg({ name, seconds, ids, channels, values }) };
  },
};

function drawn<Kind extends ArrayKind>(subjects: Drawn<Kind>): DrawnFile {
  return DRAWINGS[subjects.regularArray.kind](subjects);
}

/** Returns tiles in which black and white are the minimum and maximum of the modality. */
function tiles({ regularArray: { height, width }, values, report: { columns } }: Drawn<'image'>): Tiles {
  const channels = drawnChannels(columns.length);
  const low = Math.min(...columns.slice(0, channels).map(({ min }) => min));
  const high = Math.max(...columns.slice(0, channels).map(({ max }) => max));
  const images = values.map((image) => toIntensities(image, columns.length, [low, high]));
  return { images, height, width, channels };
}
