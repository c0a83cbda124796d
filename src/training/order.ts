// Which subjects an epoch's mini-batches hold: every subject at most once a pass, or subjects drawn with replacement.

import { permutation, seedKey, uniforms } from '../random/streams.js';

/** Far from the programs' noise. */
const ORDER_STREAM = 0x20000;

interface Passes {
  /** Rows of a pass. */
  readonly count: number;
  readonly passes: number;
  readonly seed: number;
  readonly epoch: number;
}

/** An epoch of passes over the rows, each the first `count` of them in another random order. */
export function passesOver(rows: Int32Array, { count, passes, seed, epoch }: Passes): Int32Array {
  const all = new Int32Array(passes * count);
  for (let pass = 0; pass < passes; pass++) {
    const order = permutation(seedKey(seed), ORDER_STREAM, epoch * passes + pass, rows.length);
    for (let i = 0; i < count; i++) all[pass * count + i] = rows[order[i]];
  }
  return all;
}

/** `count` of the rows with replacement: an epoch has the same number of steps whatever the number of subjects. */
export function drawnRows(rows: Int32Array, count: number, seed: number, epoch: number): Int32Array {
  const draws = uniforms(seedKey(seed), ORDER_STREAM, epoch, count);
  return Int32Array.from(draws, (draw) => rows[Math.floor(draw * rows.length)]);
}
