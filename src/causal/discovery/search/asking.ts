// An algorithm as a conversation: it asks independent questions, receives their answers in order, and ends with a
// result. Who answers, and on how many threads, is not its business.

import type { RememberedTest, SetQuestion, SetsFound } from '../independence/independence.js';

export type Asking<Result> = Generator<readonly SetQuestion[], Result, readonly SetsFound[]>;

/** Runs to the end and answers every question in this thread. */
export function answerHere<Result>(algorithm: Asking<Result>, test: RememberedTest): Result {
  let step = algorithm.next();
  while (step.done !== true) step = algorithm.next(step.value.map((question) => test.separatingSets(question)));
  return step.value;
}
