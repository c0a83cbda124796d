// Tests the experiments with observed causes: figures of a fit, the study of a simulation, and the page of results.

import { describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LatentGraph } from '../../src/causal/index.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { simulate } from '../../src/simulation/simulate.js';
import { fitConfig } from '../../src/training/config.js';
import { causeFigures, targetScore, type CauseTruth } from '../../reproduction/experiments/cause-figures.js';
import { writeCauses } from '../../reproduction/experiments/cause-results.js';
import { CAUSE_STUDIES, simulatedData } from '../../reproduction/experiments/cause-studies.js';
import { causeRecords, type CauseRecord, type CauseStudy } from '../../reproduction/experiments/causes.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();

const SUBJECTS = 400;
const random = new RandomStream(1, 0);
/** Two latents, of which the first causes the second, and one exogenous variable. */
const values = Float64Array.from({ length: SUBJECTS * 3 }, () => random.normal());
for (let row = 0; row < SUBJECTS; row++) values[row * 3 + 1] += values[row * 3];
const truth: CauseTruth = {
  modalities: [{ name: 'm1', latents: 2, exogenous: 1, values }],
  adjacency: [0, 0, 1, 0],
  targets: { 'arm=a1': ['m1.z1'], 'arm=a2': ['m1.z2'] },
};
const all = Int32Array.from({ length: SUBJECTS }, (_, row) => row);

/** Fitted latents: exogenous variable, second latent with the opposite sign, first latent. */
const latents = { m1: Float64Array.from(values, (_, at) => [1, -1, 1][at % 3] * values[at - (at % 3) + 2 - (at % 3)]) };

function graphOf(edges: readonly (readonly [from: number, to: number])[], causes: readonly string[]): LatentGraph {
  const nodes = [0, 1, 2].map((index) => ({ name: `m1.z${index + 1}`, modality: 'm1', index }));
  return {
    nodes,
    strengths: new Float64Array(9),
    edges: edges.map(([from, to]) => ({ from: nodes[from].name, to: nodes[to].name, strength: 1, agreement: 1 })),
    runs: 1,
    causeEdges: causes.map((text) => {
      const [level, to] = text.split(' ');
      return { from: 'arm', level, to };
    }),
  };
}

describe('figures', () => {
  test('a perfect fit has MCC 1, no wrong edge and all targets, whatever the order and signs of its latents', () => {
    const figures = causeFigures(truth, { graph: graphOf([[2, 1]], ['a1 m1.z3', 'a2 m1.z2']), latents }, all);
    expect(figures).toMatchObject({
      mcc: 1,
      worst: 1,
      shd: 0,
      trueEdges: 1,
      targets: { true: 2, fitted: 2, right: 2 },
    });
    expect(figures.latents.map(({ name, fitted }) => [name, fitted])).toEqual([
      ['m1.z1', 'm1.z3'],
      ['m1.z2', 'm1.z2'],
    ]);
    expect(targetScore(figures.targets)).toBe(1);
  });

  test('a reversed edge and an edge of the exogenous variable count one each, and so does a target there', () => {
    const graph = graphOf(
      [
        [1, 2],
        [0, 1],
      ],
      ['a1 m1.z3', 'a2 m1.z1'],
    );
    const figures = causeFigures(truth, { graph, latents }, all);
    expect(figures).toMatchObject({ shd: 2, targets: { true: 2, fitted: 2, right: 1 } });
    expect(targetScore(figures.targets)).toBe(0.5);
  });

  test('a fit that mixes both latents has an MCC below 1, which the exogenous variable does not hide', () => {
    const mixed = latents.m1.slice();
    for (let row = 0; row < SUBJECTS; row++) mixed[row * 3 + 2] += 2 * latents.m1[row * 3 + 1];
    const figures = causeFigures(truth, { graph: graphOf([], []), latents: { m1: mixed } }, all);
    expect(figures.worst).toBeLessThan(0.9);
    expect(figures.mcc).toBeLessThan(0.95);
    expect(figures.shd).toBe(1);
  });
});

describe('studies', () => {
  test('have unique ids, and those with a reach report at least five data sets', () => {
    expect(new Set(CAUSE_STUDIES.map(({ id }) => id)).size).toBe(CAUSE_STUDIES.length);
    for (const { reach, dataSets } of CAUSE_STUDIES) if (reach) expect(dataSets).toBeGreaterThanOrEqual(5);
  });

  test('the truth has the order of the subjects of the study, and the targets of the simulation', async () => {
    const simulation = simulate('chain', { levels: 'perfect', samples: 60, test: 20, seed: 3 });
    const { dataset, truth: known } = await simulatedData(simulation);
    const [arm] = simulation.causes!;
    const row = simulation.ids.indexOf(dataset.ids[7]);
    expect([...known.modalities[0].values.subarray(7 * 4, 7 * 4 + 3)]).toEqual([
      ...simulation.z.subarray(row * 3, row * 3 + 3),
    ]);
    expect(Object.keys(known.targets)).toEqual(['arm=a1', 'arm=a2', 'arm=a3']);
    expect(Object.values(known.targets).flat().sort()).toEqual(['m1.z1', 'm1.z2', 'm1.z3']);
    const level = dataset.causes![0].levels![dataset.causes![0].values[7]];
    expect(level).toBe(arm.levels![arm.values[row]]);
  });
});

test('the ceiling of a noisy light tunnel is near the published one of its simulator', async () => {
  const study = CAUSE_STUDIES.find(({ id }) => id === 'causes-tunnel-noise-0.03')!;
  const { ceiling } = await study.data(0);
  // Mean of the published ceiling: correlations .984, .939, .989, 1, and 1 with noise of .03.
  expect(ceiling).toBeGreaterThan(0.97);
  expect(ceiling).toBeLessThan(0.99);
});

describe('results', () => {
  const study: CauseStudy = {
    id: 'two',
    title: 'two data sets',
    page: 'chain',
    dataSets: 2,
    reach: { mcc: 0.9, worst: 0.85, shd: { max: 0, minSets: 2 } },
    settings: {},
    subjects: { subjects: 100 },
    data: () => {
      throw new Error('not simulated');
    },
  };
  const record = (seed: number, mcc: number, shd: number): CauseRecord => ({
    experiment: 'two',
    seed,
    settings: '{}',
    mcc,
    chance: 0.6,
    worst: mcc - 0.05,
    latents: [{ name: 'm1.z1', correlation: mcc, r2: 0.99 }],
    shd,
    trueEdges: 2,
    targets: { true: 3, fitted: 3, right: 3 - shd },
    seconds: 10,
    version: '0',
  });
  const pageOf = async (records: readonly CauseRecord[]): Promise<string> => {
    const [path] = await writeCauses(folder, [study], records, { command: 'npm run reproduce', threads: 1 });
    return readFileSync(path, 'utf8');
  };

  test('show mean, worst, the interval of the share, and whether the reach is met', async () => {
    const page = await pageOf([record(100, 0.98, 0), record(101, 0.96, 0)]);
    expect(page).toMatch(
      /two data sets \| 2 \| 0\.970 ± 0\.014 \| – \| 0\.960 \| .* \| 2 \(34 % – 100 %\) \| .* \| yes \|/,
    );
    expect(page).toContain('Data seeds 100 to 101');
  });

  test('one data set with a wrong edge misses the reach, and fewer data sets than needed show no verdict', async () => {
    expect(await pageOf([record(100, 0.98, 0), record(101, 0.96, 1)])).toMatch(/of 2 \| no \|/);
    expect(await pageOf([record(100, 0.98, 0)])).toMatch(/of 2 \| – \|/);
  });

  test('a reach relative to the ceiling needs the ceiling of every data set', async () => {
    const noisy = { ...study, reach: { belowCeiling: 0.01 } };
    const verdict = async (...ceilings: (number | undefined)[]) => {
      const records = ceilings.map((ceiling, i) => ({ ...record(100 + i, 0.96, 0), ceiling }));
      const [path] = await writeCauses(folder, [noisy], records, { command: 'npm run reproduce', threads: 1 });
      return / within 0\.01 of the ceiling \| (\w+) \|/.exec(readFileSync(path, 'utf8'))![1];
    };
    expect(await verdict(0.964, 0.974)).toBe('yes');
    expect(await verdict(0.974, 0.974)).toBe('no');
    expect(await verdict(0.964, undefined)).toBe('no');
  });

  test('a study that has its record is not simulated again, and each seed is reported in a line', async () => {
    const settings = JSON.stringify({ fit: fitConfig({ seed: 100 }, { ...study.subjects, causes: true }) });
    mkdirSync(join(folder, 'fits'));
    writeFileSync(join(folder, 'fits/two-seed100.json'), JSON.stringify({ ...record(100, 0.98, 0), settings }));
    const lines: string[] = [];
    const run = async (firstSeed: number) => {
      const onFit = (text: string) => lines.push(text);
      for await (const one of causeRecords([study], { out: folder, threads: 1, firstSeed, seeds: 1, onFit })) {
        expect(one.seed).toBe(100);
      }
    };
    await run(100);
    expect(lines).toEqual([
      'two data sets, seed 100: MCC 0.980, worst latent 0.930, R² 0.990, SHD 0 of 2, targets F1 1.00, 10 s',
    ]);
    await expect(run(101)).rejects.toThrow('not simulated');
  });
});
