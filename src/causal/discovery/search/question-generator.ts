// Algorithms as generators. An algorithm yields a list of independent questions, receives their answers in order, and
// ends with a result. Its caller decides where the questions are answered, and on how many threads.

import type { RememberedTest, SetQuestion, SetAnswer } from '../independence/independence.js';

export type QuestionGenerator<Result> = Generator<readonly SetQuestion[], Result, readonly SetAnswer[]>;

/** Runs an algorithm to its end and answers every question in this thread. */
export function answerLocally<Result>(algorithm: QuestionGenerator<Result>, test: RememberedTest): Result {
  let step = algorithm.next();
  while (step.done !== true) step = algorithm.next(step.value.map((question) => test.separatingSets(question)));
  return step.value;
}
