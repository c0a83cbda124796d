// Long work of the event loop in slices, so that other requests are answered between them: one slice in a turn of the
// loop, however many requests have such work.

import { clientGone } from './answer.js';

/** Work that can stop at every `yield`, which are a short time apart. */
export type Steps<Result> = Generator<undefined, Result>;

/** Milliseconds. */
const SLICE = 1;
const waiting: (() => void)[] = [];

export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** @param caller who waits for it @throws StateError `client-gone` */
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

/** Resolves when it is this work's turn among all work in slices. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(next);
  });
}

function next(): void {
  waiting.shift()!();
  if (waiting.length > 0) setImmediate(next);
}
