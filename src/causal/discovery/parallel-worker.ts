// A worker thread of discovery. It finds the graph of all data or of a half-sample, or answers questions for another
// thread.

import { workerData } from 'node:worker_threads';
import { answerCalls } from '../../threads/answer-calls.js';
import { graphQuestions, halfOf, scoredGraph, testOf } from './discover.js';
import { RememberedTest, type SetQuestion } from './independence/independence.js';
import { isScored } from './options.js';
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
  const { columns, options } = number < 0 ? data : halfOf(data.columns, data.options, number);
  if (isScored(options)) return scoredGraph(columns, options);
  const remembered = new RememberedTest(testOf(columns, options));
  return new QuestionThreads({ ...data, columns, options }).run(graphQuestions(remembered, options), remembered);
}
