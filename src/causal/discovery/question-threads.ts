// Several threads answer the questions of one level: this thread first, and further threads if it takes long. Answers
// are in the order of the questions, so that any number of threads gives the same graph or the same error.

import { join } from 'node:path';
import { packageRoot } from '../../runtime/package.js';
import { nextTurn } from '../../threads/next-turn.js';
import { runConcurrently } from '../../threads/run-concurrently.js';
import { ThreadPool } from '../../threads/thread-pool.js';
import { WorkerThread } from '../../threads/worker-thread.js';
import type { DataColumn } from './columns.js';
import type { Learned, RememberedTest, SetAnswer, SetQuestion } from './independence/independence.js';
import type { DiscoverOptions } from './options.js';
import type { QuestionGenerator } from './search/question-generator.js';

const PROGRAM = join(packageRoot, 'dist/causal/discovery/parallel-worker.js');

/** The initial data of a thread of discovery. */
export interface ThreadData {
  readonly columns: readonly DataColumn[];
  readonly options: DiscoverOptions;
  /** Number of threads that the questions of a graph may be shared with. */
  readonly helpers: number;
}

/** Answers of another thread, and what its test has learned meanwhile. */
export interface ThreadAnswers {
  readonly sets: readonly SetAnswer[];
  readonly learned: Learned;
}

export function discoveryThreads(count: number, data: ThreadData): ThreadPool {
  return new ThreadPool(Array.from({ length: count }, () => new WorkerThread(PROGRAM, data)));
}

/** Time that this thread works on a level alone. A start of further threads takes time: they must read the columns. */
const ALONE_MS = 150;
/** Number of pieces per thread that a level is divided into. */
const PIECES = 16;

export class QuestionThreads {
  #threads: ThreadPool | undefined;

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
      await this.#threads?.close();
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

  async #share(pieces: readonly (readonly SetQuestion[])[], test: RememberedTest): Promise<(readonly SetAnswer[])[]> {
    const { helpers } = this.data;
    const threads = (this.#threads ??= discoveryThreads(helpers, { ...this.data, helpers: 0 }));
    let isBusy = false;
    return runConcurrently(pieces.length, 1 + helpers, async (piece) => {
      if (isBusy) {
        const { sets, learned } = (await threads.call('answers', [pieces[piece]])) as ThreadAnswers;
        test.learn(learned);
        return sets;
      }
      isBusy = true;
      try {
        return pieces[piece].map((question) => test.separatingSets(question));
      } finally {
        // Let the answers of the other threads arrive.
        await nextTurn();
        isBusy = false;
      }
    });
  }
}
