// Measures the time that the Jacobian penalty adds to our step: both objectives interleaved, on one thread.

import { shapeName, Training, type Case } from './cases.js';
import { announced, type Section } from './section.js';
import { target } from './targets.js';
import { interleaved, median } from './timing.js';

/** Four modalities of two latents each. */
const SHAPES: readonly Omit<Case, 'jacobian'>[] = [
  { batch: 256, hidden: 128, modalities: 4, runs: 1 },
  { batch: 512, hidden: 64, modalities: 4, runs: 16 },
];
const MAX_ADDED = 60;

interface PenaltyRow extends Omit<Case, 'jacobian'> {
  /** Milliseconds per step without the penalty, every repetition. */
  readonly without: readonly number[];
  /** The same with the penalty. */
  readonly with: readonly number[];
}

const addedPercent = (row: PenaltyRow): number => 100 * (median(row.with) / median(row.without) - 1);

export const penalty: Section<PenaltyRow> = {
  name: 'penalty',
  title: 'Time that the Jacobian penalty adds to our step',
  shapes: SHAPES.map(shapeName),

  async *measure({ wants, repetitions, seconds, progress }) {
    for (const shape of announced(SHAPES.filter(wants), progress, shapeName)) {
      await using without = Training.load({ ...shape, jacobian: false }, { threads: 1 });
      await using withPenalty = Training.load({ ...shape, jacobian: true }, { threads: 1 });
      yield {
        ...shape,
        ...(await interleaved(repetitions, {
          without: () => without.milliseconds(seconds),
          with: () => withPenalty.milliseconds(seconds),
        })),
      };
    }
  },

  table: (rows) => ({
    head: ['batch / hidden / modalities / runs', 'without, ms', 'with, ms', 'added', 'target'],
    rows: rows.map((row) => [
      shapeName(row).replaceAll('/', ' / '),
      median(row.without).toFixed(2),
      median(row.with).toFixed(2),
      `${addedPercent(row).toFixed(0)} %`,
      `≤ ${MAX_ADDED} %`,
    ]),
  }),

  targets: (rows) =>
    rows.map((row) =>
      target(`${shapeName(row)}: time that the Jacobian penalty adds`, addedPercent(row), 'at most', MAX_ADDED, '%'),
    ),
};
