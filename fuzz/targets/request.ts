// Bodies of requests to a server: the questions, and rows that are read from bytes, which must equal those of
// JSON.parse.

import { rowScanner } from '../../src/serving/row-scanner.js';
import { withoutPause } from '../../src/serving/slices.js';
import { readQuestion, SERVED, subjectsOf, type ServedQuestion } from '../../src/serving/questions.js';
import { readSubjects } from '../../src/data/rows.js';
import type { ModalityScales, Subjects } from '../../src/data/dataset.js';
import { InterlatentError } from '../../src/errors/errors.js';
import { Broken, expectEqual, type Target } from '../target.js';

const scale = { log: false, offset: 0, mean: 1.5, sd: 2.25 };
const SCALES: readonly ModalityScales[] = [
  {
    name: 'blood',
    columns: [
      { name: 'iron', ...scale },
      { name: 'constructor', ...scale, log: true, offset: 0.5, mean: 0, sd: 1 },
    ],
  },
  { name: 'sleep', columns: [{ name: 'hours', ...scale, limits: { lower: -1, upper: 4 } }] },
];
const scan = rowScanner(SCALES)!;

const valuesOf = ({ ids, modalities }: Subjects): unknown => [
  ids,
  modalities.map(({ name, values, observed }) => [name, values, observed]),
];

export const target: Target = {
  run: (bytes) => {
    const body = Buffer.from(bytes);
    for (const name of Object.keys(SERVED) as ServedQuestion[]) answered(() => readQuestion(name, body));
    const scanned = withoutPause(scan(body, 100));
    const read = answered(() => readSubjects(subjectsOf(readQuestion('encode', body)), SCALES, {}));
    if (scanned === undefined) return;
    if (read === undefined) throw new Broken('rows are read from bytes that JSON.parse or the model refuses');
    expectEqual(valuesOf(scanned), valuesOf(read), 'rows');
  },
};

/** Returns the answer, or undefined if the request is refused. */
function answered<Value>(ask: () => Value): Value | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof InterlatentError) return undefined;
    throw error;
  }
}
