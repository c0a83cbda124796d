// Memory of each case's plan beside what no plan of the same order of kernels could go below.

import { CASES, objectiveName, planned, shapeName, type Case } from './cases.js';
import type { ProgramMemory } from '../src/compile/index.js';
import type { Section } from './section.js';
import { target } from './targets.js';

const MOST_OVER_BOUND = 1.3;

interface MemoryRow extends Case {
  /** Bytes. */
  readonly memory: ProgramMemory;
}

const overBound = ({ memory }: MemoryRow): number => memory.activations / memory.lowerBound;
const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(2);

export const memory: Section<MemoryRow> = {
  name: 'memory',
  title: 'Memory of the plans',
  shapes: CASES.map(shapeName),

  // eslint-disable-next-line @typescript-eslint/require-await -- a section measures asynchronously; planning does not
  async *measure({ wants, progress }) {
    for (const { batch, hidden, modalities, runs, jacobian } of CASES) {
      const shape = { batch, hidden, modalities, runs, jacobian };
      if (!wants(shape)) continue;
      progress(`${shapeName(shape)} ${objectiveName(shape)}`);
      yield { ...shape, memory: planned(shape).compiled.memory };
    }
  },

  table: (rows) => ({
    head: [
      'Jacobian penalty',
      'batch / hidden / modalities / runs',
      'parameters, gradients, moments, MiB',
      'activations, MiB',
      'lower bound, MiB',
      'over the bound',
      'target',
    ],
    rows: rows.map((row) => [
      objectiveName(row),
      shapeName(row).replaceAll('/', ' / '),
      mebibytes(row.memory.parameters + row.memory.gradients + row.memory.moments),
      mebibytes(row.memory.activations),
      mebibytes(row.memory.lowerBound),
      `${overBound(row).toFixed(2)} ×`,
      `≤ ${MOST_OVER_BOUND} ×`,
    ]),
  }),

  targets: (rows) =>
    rows.map((row) =>
      target(
        `${shapeName(row)} ${objectiveName(row)}: activations over the liveness lower bound`,
        overBound(row),
        'at most',
        MOST_OVER_BOUND,
        '×',
      ),
    ),
};
