// Studies with missing values for several tests, and the expected result of null studies.

import { expect } from '@jest/globals';
import type { Dataset } from '../../src/data/dataset.js';
import { presenceOf } from '../../src/data/presence.js';
import { shuffleSubjects } from '../../src/data/resample.js';
import type { FitOptions } from '../../src/fit/fit-run.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';

export const SETTINGS = {
  encoderRestarts: 1,
  componentRestarts: 4,
  epochs: 60,
  batch: 32,
  componentSteps: 200,
  polish: 0,
} as const;
export const SMALL: FitOptions = { ...SETTINGS, threads: 1 };

/** Returns case 1 with 30 % missing modalities of subjects and 10 % missing cells. */
export function holes(seed: number): Dataset {
  return simulatedDataset(
    simulate('case1', { samples: 260, test: 40, seed, missingModalities: 0.3, missingCells: 0.1 }),
  );
}

/** Expects that studies without signal have no findings, except one in twenty. */
export async function checkNullStudies(studies: number): Promise<void> {
  let count = 0;
  for (let seed = 1; seed <= studies; seed++) {
    const dataset = shuffleSubjects(holes(seed), 1, seed);
    await using model = await MultimodalCausalModel.fit(dataset, SMALL);
    const evidence = model.summary.evidence!;
    const [first, second] = dataset.modalities.map(presenceOf);
    expect(evidence.tested).toBe(true);
    expect(evidence.pairs[0].subjects).toBe(first.filter((has, i) => has + second[i] === 2).length);
    count += Number(evidence.pairs[0].associated || evidence.links.length > 0);
    if (evidence.pairs[0].associated) continue;
    const modalityOf = new Map(model.graph.nodes.map(({ name, modality }) => [name, modality]));
    expect(model.graph.edges.filter(({ from, to }) => modalityOf.get(from) !== modalityOf.get(to))).toEqual([]);
  }
  // The tolerance is three standard deviations of a binomial share, because rounding differs between processors.
  expect(count).toBeLessThan(studies * 0.05 + 3 * Math.sqrt(studies * 0.05 * 0.95));
}
