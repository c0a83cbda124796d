// Turns images or series into a table of the means of their channels.

import type { Modality } from './dataset.js';
import { positionsOf, valuesPerSubject } from './regular-array.js';
import { selectSubjects, subjectsOf } from './select-rows.js';

/**
 * Returns the modality as a table. A channel without an observed value is missing; a table stays as it is.
 * @param rows subjects of the table; all when left out
 */
export function channelMeans(modality: Modality, rows?: Int32Array): Modality {
  const { regularArray, columns, observed: isIncomplete, stored, ...rest } = modality;
  if (!regularArray) return rows ? { ...rest, columns, ...selectSubjects(modality, columns.length, rows) } : modality;
  const positions = positionsOf(regularArray);
  const width = valuesPerSubject(modality);
  const channels = columns.length;
  const means = new Float32Array((rows?.length ?? subjectsOf(modality, width)) * channels);
  const marks = new Uint8Array(means.length).fill(1);
  for (let subject = 0; subject < means.length / channels; subject++) {
    const { values, observed } = selectSubjects(modality, width, Int32Array.of(rows?.[subject] ?? subject));
    for (let channel = 0; channel < channels; channel++) {
      let [sum, count] = [0, 0];
      for (let i = channel * positions; i < (channel + 1) * positions; i++) {
        if (observed?.[i] === 0) continue;
        sum += values[i];
        count++;
      }
      means[subject * channels + channel] = count === 0 ? 0 : sum / count;
      marks[subject * channels + channel] = count === 0 ? 0 : 1;
    }
  }
  return { ...rest, columns, values: means, ...((isIncomplete ?? stored?.present) && { observed: marks }) };
}
