// A worker thread of discovery. It finds the graph of all data or of a half-sample, or answers questions for another
// thread.

import { parentPort, workerData } from 'node:worker_threads';
import { halfSample } from '../half-samples.js';
import { graphQuestions, scoredGraph, testOf } from '../discover.js';
import { Helpers } from './helpers.js';
import { RememberedTest } from '../independence/independence.js';
import { serializeError } from '../../../errors/serialized-error.js';
import type { ThreadAnswer, ThreadData, ThreadTask } from './threads.js';

const data = workerData as ThreadData;
let test: RememberedTest | undefined;

parentPort!.on('message', (task: ThreadTask) => {
  void answer(task).then((message) => {
    parentPort!.postMessage(message);
  });
});

async function answer(task: ThreadTask): Promise<ThreadAnswer> {
  try {
    if ('graph' in task) return { graph: task.graph, result: await graph(task.graph) };
    test ??= new RememberedTest(testOf(data.columns, data.options));
    const sets = task.questions.map((question) => test!.separatingSets(question));
    return { sets, learned: test.news() };
  } catch (thrown) {
    const error = serializeError(thrown);
    // An error that cannot be serialised ends the thread and arrives as its event `error`.
    if (error === undefined) throw thrown;
    return { error };
  }
}

async function graph(number: number) {
  const columns =
    number < 0 ? data.columns : halfSample(data.columns, data.options.seed ?? 0, number, data.options.groups);
  if (data.options.algorithm === 'ges') return scoredGraph(columns, data.options);
  const remembered = new RememberedTest(testOf(columns, data.options));
  return new Helpers(data).run(graphQuestions(remembered, data.options), remembered);
}
