// Compares two threads with one, for steps that are long enough to divide.

import { shapeName, Training, type Case } from './cases.js';
import { announced, type Section } from './section.js';
import { target } from './targets.js';
import { interleaved, median } from './timing.js';

const SHAPES: readonly Case[] = [
  { batch: 512, hidden: 128, modalities: 2, runs: 1, jacobian: false },
  { batch: 512, hidden: 128, modalities: 4, runs: 1, jacobian: false },
  { batch: 1024, hidden: 128, modalities: 4, runs: 1, jacobian: false },
];
const MIN_SPEED_UP = 1.8;

interface ThreadsRow extends Case {
  /** Milliseconds per step with one thread, every repetition. */
  readonly one: readonly number[];
  /** The same with two threads. */
  readonly two: readonly number[];
}

const speedUp = (row: ThreadsRow): number => median(row.one) / median(row.two);

export const twoThreads: Section<ThreadsRow> = {
  name: 'threads',
  title: 'Speed-up by a second thread',
  shapes: SHAPES.map(shapeName),

  async *measure({ wants, threads: counts, repetitions, seconds, progress }) {
    if (!counts.includes(2)) return;
    for (const shape of announced(SHAPES.filter(wants), progress, shapeName)) {
      await using one = Training.load(shape, { threads: 1 });
      await using two = Training.load(shape, { threads: 2 });
      const times = { one: () => one.milliseconds(seconds), two: () => two.milliseconds(seconds) };
      yield { ...shape, ...(await interleaved(repetitions, times)) };
    }
  },

  table: (rows) => ({
    head: ['batch / hidden / modalities / runs', '1 thread, ms', '2 threads, ms', 'speed-up', 'target'],
    rows: rows.map((row) => [
      shapeName(row).replaceAll('/', ' / '),
      median(row.one).toFixed(2),
      median(row.two).toFixed(2),
      speedUp(row).toFixed(2),
      `≥ ${MIN_SPEED_UP}`,
    ]),
  }),

  targets: (rows) =>
    rows.map((row) => target(`${shapeName(row)}: speed-up by a second thread`, speedUp(row), 'at least', MIN_SPEED_UP)),
};
