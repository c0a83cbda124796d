// Studies from which nothing can be learned, or with numbers at the limits of their range, give finite results or a
// coded error.

import { describe, expect, test } from '@jest/globals';
import { InterlatentError } from '../../src/errors/errors.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { readStudy } from '../../src/study/study.js';
import { noise } from '../fixtures/reader-files.js';
import { scratch } from '../fixtures/scratch.js';

const { file } = scratch();
type Cell = (row: number, column: number) => number;

const related: Cell = (row, column) => noise(row, -1) + 0.3 * noise(row, column);

/** Number of rows and cells of both modalities, for each study. */
const STUDIES: Readonly<Record<string, { rows?: number; a: Cell; b: Cell }>> = {
  'equal subjects': { a: (_, column) => column, b: (_, column) => column },
  'subjects equal in pairs': {
    a: (row, column) => related(row >> 1, column),
    b: (row, column) => related(row >> 1, column + 9),
  },
  'collinear columns': {
    a: (row, column) => (column + 1) * noise(row, 0),
    b: (row, column) => related(row, column + 9),
  },
  'a modality twice': { a: related, b: related },
  'a column that hardly varies': {
    a: (row, column) => (column === 0 ? 1 + 1e-12 * noise(row, 3) : related(row, column)),
    b: (row, column) => related(row, column + 9),
  },
  'values of 1e30': { a: (row, column) => 1e30 * related(row, column), b: (row, column) => related(row, column + 9) },
  'values of 1e300': { a: (row, column) => 1e300 * related(row, column), b: (row, column) => related(row, column + 9) },
  'values of 1e-300': {
    a: (row, column) => 1e-300 * related(row, column),
    b: (row, column) => related(row, column + 9),
  },
  'whole numbers': {
    a: (row, column) => Math.floor(3 * related(row, column)),
    b: (row, column) => Math.floor(9 * related(row, column + 9)),
  },
  'a modality of noise': { a: (row, column) => noise(row, 50 + column), b: (row, column) => related(row, column) },
  'one value far away': {
    a: (row, column) => (row === 3 && column === 0 ? 1e12 : related(row, column)),
    b: (row, column) => related(row, column + 9),
  },
  'fewer subjects than a batch': { rows: 12, a: related, b: (row, column) => related(row, column + 9) },
  'three subjects': { rows: 3, a: related, b: (row, column) => related(row, column + 9) },
};

/** The expected outcome of each study: finite results, or the code of the error. */
const OUTCOMES: Record<string, string> = {
  'equal subjects': 'constant-column',
  'subjects equal in pairs': 'finite',
  'collinear columns': 'finite',
  'a modality twice': 'finite',
  'a column that hardly varies': 'constant-column',
  'values of 1e30': 'finite',
  'values of 1e300': 'too-wide-range',
  'values of 1e-300': 'constant-column',
  'whole numbers': 'finite',
  'a modality of noise': 'finite',
  'one value far away': 'finite',
  'fewer subjects than a batch': 'too-few-subjects',
  'three subjects': 'too-few-subjects',
};

describe.each(Object.keys(STUDIES))('%s', (name) => {
  test('give finite results or a coded error', async () => {
    const { rows = 40, ...modalities } = STUDIES[name];
    for (const [modality, cell] of Object.entries(modalities)) {
      const cells = Array.from({ length: rows }, (_, row) => [
        `p${row}`,
        ...[0, 1, 2].map((column) => cell(row, column)),
      ]);
      file(`${modality}.csv`, `id,x,y,z\n${cells.map((line) => `${line.join(',')}\n`).join('')}`);
    }
    const study = '  a: { table: a.csv, latents: 1 }\n  b: { table: b.csv, latents: 1 }\n';
    const path = file('study.yaml', `study: s\nid: id\nmodalities:\n${study}`);
    const outcome = await fitted(path).then(
      () => 'finite',
      (error: unknown) => (error instanceof InterlatentError ? error.code : String(error)),
    );
    expect([name, outcome]).toEqual([name, OUTCOMES[name]]);
  });
});

async function fitted(path: string): Promise<void> {
  const { dataset } = await readStudy(path);
  const options = { fit: 'joint', epochs: 4, encoderRestarts: 1, batch: 32, evidence: 'none' } as const;
  const model = await MultimodalCausalModel.fit(dataset, options);
  try {
    const numbers = Object.values(await model.encode(dataset)).flatMap((values) => [...values]);
    expect(numbers.every(Number.isFinite)).toBe(true);
    const summary = JSON.stringify(model.summary, (_, value: unknown) =>
      typeof value === 'number' ? String(value) : value,
    );
    expect(summary).not.toMatch(/"(?:NaN|-?Infinity)"/);
    expect(model.graph.strengths.every(Number.isFinite)).toBe(true);
  } finally {
    await model.dispose();
  }
}
