// Divides long work on the event loop into slices, so that other requests are answered between them. A turn of the loop
// does one slice, even if many requests have such work.

import { clientGone } from './answer.js';

/** Work that can pause at every `yield`. The time between two of them is short. */
export type Steps<Result> = Generator<undefined, Result>;

/** Duration of a slice, in milliseconds. */
const SLICE = 1;
const waiting: (() => void)[] = [];

/** Does all steps without a pause. */
export function withoutPause<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Does the steps in slices. @param caller client that waits for the result @throws StateError `client-gone` */
export async function inSlices<Result>(
  steps: Steps<Result>,
  caller: { readonly aborted: boolean } = { aborted: false },
): Promise<Result> {
  for (;;) {
    await turn();
    if (caller.aborted) throw clientGone();
    const until = performance.now() + SLICE;
    do {
      const { done, value } = steps.next();
      if (done) return value;
    } while (performance.now() < until);
  }
}

/** Resolves at the next turn of this work among all work in slices. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(next);
  });
}

function next(): void {
  waiting.shift()!();
  if (waiting.length > 0) setImmediate(next);
}
