// The subjects of a stage's mini-batches: every subject at most once per pass, or subjects drawn with replacement.

import { permutation, seedKey, uniforms } from '../random/streams.js';

/** Random stream of the order, far from the streams of noise. */
const ORDER_STREAM = 0x20000;

/** Number of mini-batches in an epoch of subjects drawn with replacement, for any number of subjects. */
export const STEPS_PER_EPOCH = 20;

/** The mini-batches of an epoch, which have equal sizes, so that means over them are plain means. */
export interface Batches {
  /** Number of subjects per mini-batch. */
  readonly size: number;
  /** Number of mini-batches. */
  readonly steps: number;
  /** True if runs have different subjects. Default: all runs have the same ones. */
  readonly perRun?: true;
  /** Returns the row numbers of an epoch. */
  rows(epoch: number): Int32Array;
}

interface BatchOptions {
  /** Maximum number of subjects per mini-batch. */
  readonly batch: number;
  readonly seed: number;
}

/** Returns mini-batches that have every subject at most once per pass. Each pass has another random order. */
export function passesOver(
  rows: Int32Array,
  { batch, seed, passes = 1 }: BatchOptions & { readonly passes?: number | undefined },
): Batches {
  const size = Math.min(batch, rows.length);
  const count = size * Math.floor(rows.length / size);
  return {
    size,
    steps: (passes * count) / size,
    rows(epoch) {
      const all = new Int32Array(passes * count);
      for (let pass = 0; pass < passes; pass++) {
        const order = permutation(seedKey(seed), ORDER_STREAM, epoch * passes + pass, rows.length);
        for (let i = 0; i < count; i++) all[pass * count + i] = rows[order[i]];
      }
      return all;
    },
  };
}

/** Returns mini-batches of subjects drawn with replacement. */
export function drawnFrom(rows: Int32Array, { batch, seed }: BatchOptions): Batches {
  const size = Math.min(batch, rows.length);
  return {
    size,
    steps: STEPS_PER_EPOCH,
    rows: (epoch) =>
      Int32Array.from(
        uniforms(seedKey(seed), ORDER_STREAM, epoch, STEPS_PER_EPOCH * size),
        (draw) => rows[Math.floor(draw * rows.length)],
      ),
  };
}

/**
 * Returns the subjects in their order, in as few mini-batches as possible. To make these equal, it leaves out fewer
 * subjects than there are mini-batches.
 */
export function inOrder(rows: Int32Array, max: number): Batches {
  const steps = Math.ceil(rows.length / max);
  const size = Math.floor(rows.length / steps);
  return { size, steps, rows: () => rows.slice(0, steps * size) };
}
