// Batches of a simulated modality: sites, instruments or runs that change the measurement and not the latents.

import { blockRandomised } from './assignment.js';
import type { Scale } from './mechanism.js';
import type { Streams } from './streams.js';

/** Sd of the location of a column in a batch, in sds of the column. */
const LOCATION_SD = 0.5;
/** Sd of the logarithm of the scale of a column in a batch. */
const LOG_SCALE_SD = 0.15;

export interface Batches {
  /** Batch of each subject, from 0. */
  readonly values: Float64Array;
  /** Location and scale of each column, by batch. The first batch has location 0 and scale 1. */
  readonly scales: readonly (readonly Scale[])[];
}

/** Draws the batch of each subject, in equal shares and independent of everything else. */
export function drawBatches(streams: Streams, subjects: number, count: number): Float64Array {
  return blockRandomised(streams.batchAssignment(), subjects, count);
}

/** Draws what the batches do to the columns of a modality. @param place position of the modality in the causal order */
export function drawBatchScales(streams: Streams, place: number, count: number, columns: number): Scale[][] {
  return Array.from({ length: count }, (_, batch) => {
    const random = streams.batch(place, batch);
    return Array.from({ length: columns }, () =>
      batch === 0
        ? { mean: 0, sd: 1 }
        : { mean: LOCATION_SD * random.normal(), sd: Math.exp(LOG_SCALE_SD * random.normal()) },
    );
  });
}

/** Returns location + scale · value. @param x subjects × columns */
export function shiftedByBatch(x: Float64Array, { values, scales }: Batches): Float64Array {
  const columns = scales[0].length;
  return x.map((value, at) => {
    const { mean, sd } = scales[values[Math.floor(at / columns)]][at % columns];
    return mean + sd * value;
  });
}
