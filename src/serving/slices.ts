// Long work of the event loop in slices, so that other requests are answered between them.

import { nextTurn } from '../threads/next-turn.js';

/** Work that can stop at every `yield`, some microseconds after the last one. */
export type Steps<Result> = Generator<undefined, Result>;

/** Milliseconds. */
const SLICE = 1;

export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

export async function inSlices<Result>(steps: Steps<Result>): Promise<Result> {
  let until = performance.now() + SLICE;
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    if (performance.now() < until) continue;
    await nextTurn();
    until = performance.now() + SLICE;
  }
}
