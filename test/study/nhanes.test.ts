// The example studies on NHANES: their numbers of subjects and sums equal those of an independent program.

import { expect, jest, test } from '@jest/globals';
import { join } from 'node:path';
import { readStudy, type Study } from '../../src/study/study.js';
import { readStudyVariables } from '../../src/study/reading/variables.js';
import { rawValues } from './raw-values.js';
import { describeWithData } from '../fixtures/skipping.js';

describeWithData('nhanes')('NHANES', () => {
  const example = (cycle: string) =>
    readStudy(join(import.meta.dirname, `../../examples/phenotype/nhanes-${cycle}/study.yaml`));
  /** Variables for discovery: the sum of each, and the number of subjects without it. */
  const joined = async ({ path, dataset }: Study) => {
    const { variables } = await readStudyVariables(path, dataset.ids);
    return Object.fromEntries(
      variables.map(({ name, values }) => {
        const known = values.filter((value) => !Number.isNaN(value));
        return [name, { sum: known.reduce((sum, value) => sum + value, 0), missing: values.length - known.length }];
      }),
    );
  };

  jest.setTimeout(180_000);

  test('the study of 2005–2008 has seven modalities of 7,080 subjects from 40 years on, and demographics', async () => {
    const study = await example('2005-2008');
    const { dataset, inspection } = study;
    // Four grades of an eye have several levels: 5 + 2 + 2 + 3 values.
    expect(dataset.modalities.map(({ name, columns }) => [name, columns.length])).toEqual([
      ['body', 6],
      ['chemistry', 22],
      ['counts', 9],
      ['pressure', 7],
      ['sleep', 13],
      ['left_eye', 15],
      ['right_eye', 15],
    ]);
    // These and the following numbers were counted independently by row from the same files.
    expect(inspection).toMatchObject({ known: 7081, shared: 6797, subjects: 7080, complete: 3239 });
    expect(inspection.patterns[0]).toMatchObject({ subjects: 5370 });
    expect(inspection.modalities.flatMap(({ duplicates }) => duplicates)).toEqual([]);
    expect(Math.max(...rawValues(dataset, 'sleep', 'SLD010H'))).toBeCloseTo(12, 4);
    expect(Math.min(...rawValues(dataset, 'pressure', 'BPXDI1'))).toBeGreaterThan(0);
    expect(await joined(study)).toEqual({
      age: { sum: 427950, missing: 0 },
      woman: { sum: 3574, missing: 0 },
      smoking: { sum: 5030, missing: 8 },
      diabetes: { sum: 1174, missing: 8 },
      'high blood pressure': { sum: 3295, missing: 14 },
    });
  });

  test('the study of 2013–2014 has one row of actigraphy per adult (1,949), and demographics', async () => {
    const study = await example('2013-2014');
    const { dataset, inspection } = study;
    expect(inspection).toMatchObject({ known: 3803, shared: 2623, subjects: 1949 });
    expect(rawValues(dataset, 'actigraphy', 'PAXWWMD').every((minutes) => minutes > 240 && minutes <= 1440)).toBe(true);
    expect(await joined(study)).toEqual({
      age: { sum: 77414, missing: 0 },
      woman: { sum: 1005, missing: 0 },
      smoking: { sum: 303 + 2 * 450, missing: 0 },
      diabetes: { sum: 140, missing: 2 },
      'high blood pressure': { sum: 468, missing: 0 },
    });
  });
});
