// A picture or a series as a table: the mean of each channel.

import type { Modality } from './dataset.js';
import { positionsOf } from './grid.js';

/** The modality, as a table where it has a grid; a channel of which nothing was observed is missing. */
export function channelMeans(modality: Modality): Modality {
  const { grid, columns, values, observed, ...rest } = modality;
  if (!grid) return modality;
  const positions = positionsOf(grid);
  const means = new Float32Array(values.length / positions);
  const marks = new Uint8Array(means.length).fill(1);
  for (let at = 0; at < means.length; at++) {
    let [sum, count] = [0, 0];
    for (let i = at * positions; i < (at + 1) * positions; i++) {
      if (observed?.[i] === 0) continue;
      sum += values[i];
      count++;
    }
    means[at] = count === 0 ? 0 : sum / count;
    marks[at] = count === 0 ? 0 : 1;
  }
  return { ...rest, columns, values: means, ...(observed && { observed: marks }) };
}
