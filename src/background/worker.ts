// Program of a background thread.

import os from 'node:os';
import { workerData } from 'node:worker_threads';
import { answerCalls, isStream } from '../threads/answer-calls.js';
import { fromShared, toShared } from '../threads/shared-values.js';
import { ModelAnswers, type AnsweringModel } from './model-answers.js';
import { Tasks } from './tasks.js';
import { methodOf } from './thread.js';

const niceness = workerData as number;
// On Linux every thread has a niceness, and the threads of the engine inherit it. Elsewhere only the process has one.
if (niceness > 0 && process.platform === 'linux') {
  try {
    os.setPriority(0, Math.max(niceness, os.getPriority(0)));
  } catch {
    // A sandbox may refuse the call. The work does not depend on it.
  }
}
const tasks = new Tasks();
let served: Promise<Tasks | ModelAnswers> = Promise.resolve(tasks);

function answerFor(model: AnsweringModel | undefined): Promise<unknown> {
  const before = served;
  served = model === undefined ? Promise.resolve(tasks) : fromShared(model).then((copy) => new ModelAnswers(copy));
  void before.then((one) => (one instanceof ModelAnswers ? one.dispose() : undefined)).catch(() => undefined);
  return served.then(() => undefined);
}

// No variable holds the arguments of a task, so that long lists do not stay in memory twice.
answerCalls((method, args, hooks) =>
  method === 'answerFor'
    ? answerFor(args[0] as AnsweringModel | undefined)
    : Promise.all([served, fromShared(args)])
        .then(([target, received]) => methodOf(target, method)(...received, hooks))
        .then((answer) => (isStream(answer) ? answer : toShared(answer))),
);
