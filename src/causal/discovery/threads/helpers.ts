// Several threads answer the questions of one level: this thread first, and further threads if it takes long. Answers
// are in the order of the questions, so that any number of threads gives the same graph or the same error.

import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { QuestionGenerator } from '../search/question-generator.js';
import type { RememberedTest, SetQuestion, SetAnswer } from '../independence/independence.js';
import { deserializeError } from '../../../errors/serialized-error.js';
import { startThread, type ThreadAnswer, type ThreadData } from './threads.js';

/** Time that this thread works on a level alone. A start of further threads takes time: they must read the columns. */
const ALONE_MS = 150;
/** Number of pieces per thread that a level is divided into. */
const PIECES = 16;

export class Helpers {
  readonly #threads: Worker[] = [];

  /**
   * @param data its `helpers` is the number of other threads
   * @param alone milliseconds that this thread works on a level before it asks other threads
   */
  constructor(
    readonly data: ThreadData,
    readonly alone = ALONE_MS,
  ) {}

  /** Runs the algorithm to its end. */
  async run<Result>(algorithm: QuestionGenerator<Result>, test: RememberedTest): Promise<Result> {
    try {
      let step = algorithm.next();
      while (step.done !== true) step = algorithm.next(await this.#answer(step.value, test));
      return step.value;
    } finally {
      await Promise.all(this.#threads.map((thread) => thread.terminate()));
    }
  }

  async #answer(questions: readonly SetQuestion[], test: RememberedTest): Promise<SetAnswer[]> {
    const answers: SetAnswer[] = [];
    const until = performance.now() + (this.data.helpers > 0 ? this.alone : Infinity);
    while (answers.length < questions.length && performance.now() < until) {
      answers.push(test.separatingSets(questions[answers.length]));
    }
    if (answers.length === questions.length) return answers;
    const remaining = questions.slice(answers.length);
    const length = Math.ceil(remaining.length / (PIECES * (1 + this.data.helpers)));
    const pieces = Array.from({ length: Math.ceil(remaining.length / length) }, (_, i) =>
      remaining.slice(i * length, (i + 1) * length),
    );
    return [...answers, ...(await this.#share(pieces, test)).flat()];
  }

  async #share(pieces: readonly (readonly SetQuestion[])[], test: RememberedTest): Promise<SetAnswer[][]> {
    while (this.#threads.length < this.data.helpers) this.#threads.push(startThread({ ...this.data, helpers: 0 }));
    const answers: SetAnswer[][] = [];
    const errors = new Map<number, unknown>();
    let nextPiece = 0;
    // Pieces are handed out in order, and none after an error. So the first error in this order always occurs.
    const next = (): number | undefined => (nextPiece < pieces.length && errors.size === 0 ? nextPiece++ : undefined);
    const alone = async (): Promise<void> => {
      for (let piece = next(); piece !== undefined; piece = next()) {
        try {
          answers[piece] = pieces[piece].map((question) => test.separatingSets(question));
        } catch (error) {
          errors.set(piece, error);
        }
        // Let the answers of the other threads arrive.
        await setImmediate();
      }
    };
    const through = async (thread: Worker): Promise<void> => {
      for (let piece = next(); piece !== undefined; piece = next()) {
        const answer = await ask(thread, pieces[piece]);
        if ('error' in answer) errors.set(piece, deserializeError(answer.error));
        if (!('sets' in answer)) continue;
        answers[piece] = [...answer.sets];
        test.learn(answer.learned);
      }
    };
    await Promise.all([alone(), ...this.#threads.map(through)]);
    if (errors.size > 0) throw errors.get(Math.min(...errors.keys()));
    return answers;
  }
}

function ask(thread: Worker, questions: readonly SetQuestion[]): Promise<ThreadAnswer> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => {
      reject(cause);
    };
    thread.once('error', fail);
    thread.once('message', (answer: ThreadAnswer) => {
      thread.off('error', fail);
      resolve(answer);
    });
    thread.postMessage({ questions });
  });
}
