// Compares the memory of each case's plan with a lower bound for all plans that run the kernels in the same order.

import { caseName, CASES, objectiveName, planned, shapeName, type Case } from './cases.js';
import type { ProgramMemory } from '../src/compile/index.js';
import { announced, type Section } from './section.js';
import { target } from './targets.js';

const MAX_OVER_BOUND = 1.3;

interface MemoryRow extends Case {
  /** Bytes. */
  readonly memory: ProgramMemory;
}

const overBound = ({ memory }: MemoryRow): number => memory.planned / memory.lowerBound;
const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(2);

export const memory: Section<MemoryRow> = {
  name: 'memory',
  title: 'Memory of the plans',
  shapes: CASES.map(shapeName),

  // oxlint-disable-next-line typescript/require-await -- a section measures asynchronously; planning does not
  async *measure({ wants, progress }) {
    for (const one of announced(CASES.filter(wants), progress, caseName)) {
      const { batch, hidden, modalities, runs, jacobian } = one;
      yield { batch, hidden, modalities, runs, jacobian, memory: planned(one).compiled.memory };
    }
  },

  table: (rows) => ({
    head: [
      'objective',
      'batch / hidden / modalities / runs',
      'parameters, gradients, moments, MiB',
      'activations, MiB',
      'placed by lifetime, MiB',
      'lower bound, MiB',
      'over the bound',
      'target',
    ],
    note:
      'Other activations are stored after the placed ones: outputs, and the gradients of tiles before their mean is ' +
      'taken.',
    rows: rows.map((row) => [
      objectiveName(row),
      shapeName(row).replaceAll('/', ' / '),
      mebibytes(row.memory.parameters + row.memory.gradients + row.memory.moments),
      mebibytes(row.memory.activations),
      mebibytes(row.memory.planned),
      mebibytes(row.memory.lowerBound),
      `${overBound(row).toFixed(2)} ×`,
      `≤ ${MAX_OVER_BOUND} ×`,
    ]),
  }),

  targets: (rows) =>
    rows.map((row) =>
      target(
        `${caseName(row)}: placed activations over the liveness lower bound`,
        overBound(row),
        'at most',
        MAX_OVER_BOUND,
        '×',
      ),
    ),
};
