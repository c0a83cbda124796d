// Single held-out subjects and their reconstructions. They are personal data, so a report contains them only on
// request.

import { ARRAY_KINDS, valuesPerSubject } from '../../data/regular-array.js';
import { inChannelUnits, observedInChannelUnits } from '../../data/channel-units.js';
import { presenceOf } from '../../data/presence.js';
import type { ReportSubjects } from '../input.js';

/** A subject with its reconstructions, in the units of the channels, channels × positions. */
export interface ShownSubject {
  readonly id: string;
  /** Observed values; NaN if missing. */
  readonly observed: Float64Array;
  /** Reconstruction from latents and private noises. */
  readonly rebuilt: Float64Array;
  /** Reconstruction from the latents alone. */
  readonly byLatentsAlone: Float64Array;
}

/**
 * Returns the shown subjects of a modality. They are spread evenly over those reconstructed from latents alone.
 * @param m position of a modality of images or series
 */
export function shownSubjects({ dataset, examination, showSubjects }: ReportSubjects, m: number): ShownSubject[] {
  if (!showSubjects) return [];
  const { modalities, ids } = dataset;
  const modality = modalities[m];
  const { latentsAlone, reconstruction } = examination;
  const size = valuesPerSubject(modality);
  const first = modalities.slice(0, m).reduce((sum, other) => sum + valuesPerSubject(other), 0);
  const width = modalities.reduce((sum, other) => sum + valuesPerSubject(other), 0);
  const present = presenceOf(modality);
  const { rows, reconstruction: alone } = latentsAlone!;
  const having = [...rows.keys()].filter((i) => present[rows[i]] === 1);
  const count = Math.min(ARRAY_KINDS[modality.regularArray!.kind].maxShown, having.length);
  return Array.from({ length: count }, (_, k): ShownSubject => {
    const i = having[Math.floor((k * having.length) / count)];
    const row = rows[i];
    const ofModality = (table: Float32Array, at: number) =>
      inChannelUnits(modality.columns, table.subarray(at * width + first, at * width + first + size));
    return {
      id: ids[row],
      observed: observedInChannelUnits(modality, row),
      rebuilt: ofModality(reconstruction, row),
      byLatentsAlone: ofModality(alone, i),
    };
  });
}
