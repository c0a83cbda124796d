// Runs a sample of the bad inputs of `npm run test:bad-inputs` in this process. Each must be answered by one coded
// error and must not change the disk.

import { beforeAll, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { answerTo, problemOf } from '../bad-inputs/answer.js';
import { writeFixtures, type BadInput } from '../bad-inputs/case.js';
import { badCommandLines, badPaths } from '../bad-inputs/command-lines.js';
import { badContainers } from '../bad-inputs/containers.js';
import { badGraphs, badKnowledge, badStudies, badTables } from '../bad-inputs/documents.js';
import { badMixtures } from '../bad-inputs/mixtures.js';
import { badRuns } from '../bad-inputs/run-folders.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
const base = join(folder, 'base');

beforeAll(() => writeFixtures(base));

const SAMPLES: readonly (readonly [string, () => Iterable<BadInput>, number])[] = [
  ['command lines', badCommandLines, 40],
  ['paths', badPaths, 20],
  ['study files', badStudies, 40],
  ['background knowledge', badKnowledge, 20],
  ['tables', badTables, 25],
  ['graphs', badGraphs, 25],
  ['containers', badContainers, 29],
  ['RUN folders', () => badRuns(base), 250],
  ['mixtures of two RUN folders', () => badMixtures(base), 17],
];

test.each(SAMPLES)('a sample of %s is answered by one coded error each', async (_, inputs, every) => {
  const problems: string[] = [];
  for (const [i, input] of [...inputs()].entries()) {
    if (i % every !== 0) continue;
    const problem = problemOf(input, await answerTo(input, base));
    if (problem !== undefined) problems.push(`${input.name}: ${problem}`);
  }
  expect(problems).toEqual([]);
});
