// A worker thread of discovery. It finds the graph of all data or of a half-sample, or answers questions for another
// thread.

import { workerData } from 'node:worker_threads';
import { answerCalls } from '../../threads/answer-calls.js';
import { graphQuestions, scoredGraph, testOf } from './discover.js';
import { halfSample } from './half-samples.js';
import { RememberedTest, type SetQuestion } from './independence/independence.js';
import { QuestionThreads, type ThreadAnswers, type ThreadData } from './question-threads.js';
import type { PcResult } from './search/pc.js';

const data = workerData as ThreadData;
let test: RememberedTest | undefined;

answerCalls(async (method, [task]) => (method === 'graph' ? graph(task as number) : answers(task as SetQuestion[])));

function answers(questions: readonly SetQuestion[]): ThreadAnswers {
  test ??= new RememberedTest(testOf(data.columns, data.options));
  const sets = questions.map((question) => test!.separatingSets(question));
  return { sets, learned: test.news() };
}

/** @param number −1 for the graph of all data, or the number of a half-sample */
async function graph(number: number): Promise<PcResult> {
  const columns =
    number < 0 ? data.columns : halfSample(data.columns, data.options.seed ?? 0, number, data.options.groups);
  if (data.options.algorithm === 'ges') return scoredGraph(columns, data.options);
  const remembered = new RememberedTest(testOf(columns, data.options));
  return new QuestionThreads(data).run(graphQuestions(remembered, data.options), remembered);
}
