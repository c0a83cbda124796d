// The subjects of an epoch's mini-batches: every subject at most once per pass, or subjects drawn with replacement.

import { permutation, seedKey, uniforms } from '../random/streams.js';

/** Random stream of the order, far from the streams of noise. */
const ORDER_STREAM = 0x20000;

interface Passes {
  /** Number of rows per pass. */
  readonly count: number;
  readonly passes: number;
  readonly seed: number;
  readonly epoch: number;
}

/** Returns the rows of an epoch: in each pass, the first `count` rows of another random order. */
export function passesOver(rows: Int32Array, { count, passes, seed, epoch }: Passes): Int32Array {
  const all = new Int32Array(passes * count);
  for (let pass = 0; pass < passes; pass++) {
    const order = permutation(seedKey(seed), ORDER_STREAM, epoch * passes + pass, rows.length);
    for (let i = 0; i < count; i++) all[pass * count + i] = rows[order[i]];
  }
  return all;
}

/** Returns `count` rows, drawn with replacement: epochs have the same number of steps for any number of subjects. */
export function drawnRows(rows: Int32Array, count: number, seed: number, epoch: number): Int32Array {
  const draws = uniforms(seedKey(seed), ORDER_STREAM, epoch, count);
  return Int32Array.from(draws, (draw) => rows[Math.floor(draw * rows.length)]);
}
