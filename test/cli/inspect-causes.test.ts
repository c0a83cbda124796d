// `inspect` of a study with observed causes lists the stages that its fit trains.

import { appendFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { join } from 'node:path';
import { simulate } from '../../src/simulation/simulate.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();

test('the stages are those of a fit with causes, with their restarts', async () => {
  const study = join(folder, 'study');
  await writeSimulation(simulate('chain', { samples: 300, test: 50, levels: 'perfect' }), study);
  const { code, out } = await commandHere(['inspect', join(study, 'study.yaml'), '--json'], folder);
  expect(code).toBe(0);
  const { stages } = JSON.parse(out) as { stages: { name: string; restarts: number }[] };
  // 64 component restarts are 8 structures, each on 3 maps.
  expect(stages.map(({ name, restarts }) => [name, restarts])).toEqual([
    ['subspaces', 6],
    ['exploration', 4],
    ['components', 24],
  ]);
  // Linear subspaces need no training and are not straightened.
  const path = join(study, 'study.yaml');
  appendFileSync(path, '\ntraining:\n  subspaces: linear\n');
  const linear = await commandHere(['inspect', path, '--json'], folder);
  expect(linear.err).toBe('');
  expect((JSON.parse(linear.out) as { stages: unknown[] }).stages).toEqual([
    expect.objectContaining({ name: 'components', restarts: 8 }),
  ]);
});
