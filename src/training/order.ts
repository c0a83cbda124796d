// Which subjects an epoch's mini-batches hold: every subject at most once, or subjects drawn with replacement.

import { permutation, seedKey, uniforms } from '../random/streams.js';

/** Far from the programs' noise. */
const ORDER_STREAM = 0x20000;

/** The first `count` of the rows in a random order. */
export function shuffledRows(rows: Int32Array, count: number, seed: number, epoch: number): Int32Array {
  const order = permutation(seedKey(seed), ORDER_STREAM, epoch, rows.length);
  return order.subarray(0, count).map((position) => rows[position]);
}

/** `count` of the rows with replacement: an epoch has the same number of steps whatever the number of subjects. */
export function drawnRows(rows: Int32Array, count: number, seed: number, epoch: number): Int32Array {
  const draws = uniforms(seedKey(seed), ORDER_STREAM, epoch, count);
  return Int32Array.from(draws, (draw) => rows[Math.floor(draw * rows.length)]);
}
