// The determination of latents by the data, from restarts that are equally good: its text, and the experiments that
// count it.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { simulate } from '../../src/simulation/simulate.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { countAll, countsMarkdown } from '../../reproduction/experiments/counts.js';
import { uniformity } from '../../reproduction/experiments/uniformity.js';
import { SELECTION_COUNTS } from '../../reproduction/experiments/selection-counts.js';
import { latentLayout } from '../../src/networks/layout.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { determination, type ScoredReading } from '../../src/training/determination.js';
import { generator } from '../fixtures/numbers.js';
import { scratch } from '../fixtures/scratch.js';
import { tableObservation } from '../../src/data/observation.js';

const { folder } = scratch();
const shapes = ['a', 'b'].map((name) => ({ name, observation: tableObservation(5), latents: 2, exogenous: 1 }));
const layout = latentLayout(shapes);
const next = generator(68);
const rows = 400;
const truth = Float32Array.from({ length: 4 * rows }, () => 2 * next() - 1);

/** Returns latents of which those of modality a are rotated by an angle. */
function restart(
  angle: number,
  { worse = 0, spread = 0, openGates = 2, alive = true, validation = 900 } = {},
): ScoredReading {
  const latents = truth.slice();
  for (let row = 0; row < rows; row++) {
    const [x, y] = truth.subarray(4 * row, 4 * row + 2);
    latents[4 * row] = Math.cos(angle) * x - Math.sin(angle) * y;
    latents[4 * row + 1] = Math.sin(angle) * x + Math.cos(angle) * y;
  }
  const logLikelihood = Float32Array.from({ length: validation }, (_, i) => (i % 2 === 0 ? spread : -spread) - worse);
  return { latents, edges: new Float32Array(16), alive, logLikelihood, openGates };
}

describe('determination', () => {
  const quarter = Math.PI / 4;

  test('a mixture in an equally good restart makes only the latents of its modality undetermined', () => {
    const readings = [restart(0), restart(quarter, { worse: 0.004 }), restart(0, { worse: 0.2 })];
    const result = determination(readings, 0, layout);
    expect(result).toMatchObject({ restarts: 3, equals: 2, determined: [false, false, true, true] });
    expect(result.agreement![0]).toBeLessThan(0.8);
    expect(Math.min(...result.agreement!.slice(2))).toBeCloseTo(1, 12);
  });

  test('a mixture that explains less or needs more edges does not count, nor does a diverged restart', () => {
    const mixed = [{ worse: 0.1 }, { openGates: 3 }, { alive: false }].map((change) => restart(quarter, change));
    const result = determination([restart(0), ...mixed], 0, layout);
    // Nothing was compared, so nothing is known.
    expect(result).toEqual({ restarts: 3, equals: 1 });
    expect(determination([restart(0)], 0, layout)).toEqual({ restarts: 1, equals: 1 });
  });

  test('every restart counts if their scores are equally good, also one with more edges', () => {
    const readings = [restart(0), restart(quarter, { worse: 0.1, openGates: 3 }), restart(1, { alive: false })];
    expect(determination(readings, 0, layout, true)).toMatchObject({
      ...{ restarts: 2, equals: 2 },
      determined: [false, false, true, true],
    });
  });

  const equalsOf = (worse: number, spread: number, validation = 900) =>
    determination([restart(0, { validation }), restart(quarter, { worse, spread, validation })], 0, layout).equals;

  test('a restart that is worse by less than two standard errors over subjects is equally good', () => {
    // Differences of ±0.3 on 900 subjects: a standard error of 0.01.
    expect([equalsOf(0.0195, 0.3), equalsOf(0.0205, 0.3)]).toEqual([2, 1]);
    expect([equalsOf(0.195, 3), equalsOf(0.205, 3)]).toEqual([2, 1]);
  });

  test('with few validation subjects more restarts count as equal, and with one subject all of them do', () => {
    // Differences of ±0.3: standard errors of 0.1 on 10 subjects, 0.0688 on 20, 0.0302 on 100.
    expect([equalsOf(0.195, 0.3, 10), equalsOf(0.205, 0.3, 10)]).toEqual([2, 1]);
    expect([equalsOf(0.137, 0.3, 20), equalsOf(0.138, 0.3, 20)]).toEqual([2, 1]);
    expect([equalsOf(0.06, 0.3, 100), equalsOf(0.061, 0.3, 100)]).toEqual([2, 1]);
    expect(equalsOf(5, 0, 1)).toBe(2);
    // A difference that all subjects agree on is certain for any number of subjects.
    expect([equalsOf(0.009, 0, 10), equalsOf(0.011, 0, 10)]).toEqual([2, 1]);
  });

  test('a mixture stays undetermined if few validation subjects make restarts equally good', () => {
    // Differences of subjects have mean 0.05 and sd 0.3 nats, as between equally good restarts of a small study.
    const result = determination(
      [restart(0, { validation: 20 }), restart(quarter, { worse: 0.05, spread: 0.3, validation: 20 })],
      0,
      layout,
    );
    expect(result).toMatchObject({ equals: 2, determined: [false, false, true, true] });
  });

  test('exchanged, negated and slightly rotated latents are the same latents', () => {
    const readings = [0, Math.PI, Math.PI / 2, 0.1].map((angle) => restart(angle));
    expect(determination(readings, 0, layout)).toMatchObject({
      equals: 4,
      determined: [true, true, true, true],
    });
  });
});

test('a fit compares its refined restarts, and saves the result with the RUN', async () => {
  const options = { seed: 0, samples: 300, test: 60, mechanism: 'linear', heteroscedastic: false } as const;
  const dataset = simulatedDataset(simulate('case1', options));
  const settings = {
    encoderRestarts: 1,
    epochs: 2,
    componentRestarts: 12,
    componentSteps: 60,
    polish: 0,
    subspaces: 'network',
    threads: 1,
  } as const;
  await using model = await MultimodalCausalModel.fit(dataset, { ...settings, evidence: 'none' });
  const result = model.summary.determination!;
  expect(result.restarts).toBe(3);
  expect(result.agreement).toHaveLength(4);
  expect(result.determined).toEqual(result.agreement!.map((value) => value >= 0.98));
  await model.save(join(folder, 'run'));
  await using again = await MultimodalCausalModel.load(join(folder, 'run'));
  expect(again.summary.determination).toEqual(result);
}, 60_000);

describe('counts', () => {
  const signal = new AbortController().signal;
  const linear = SELECTION_COUNTS.find(({ id }) => id === 'warned-linear-gaussian')!;
  const out = join(folder, 'results');
  const first = linear.firstSeed ?? 0;
  const record = (seed: number, counted: boolean) => {
    const settings = linear.settings(seed);
    const entry = { experiment: linear.id, seed, settings, counted, result: 'so', seconds: 2 };
    writeFileSync(join(out, 'fits', `${linear.id}-seed${seed}.json`), JSON.stringify(entry));
  };

  test('are read from their records, and compared with the reach once all data sets are there', async () => {
    mkdirSync(join(out, 'fits'), { recursive: true });
    for (let seed = 0; seed < 10; seed++) record(first + seed, seed !== 3);
    const [few] = await countAll([linear], { out, seeds: 4, threads: 1, signal });
    expect(few.met).toBeNull();
    const results = await countAll([linear], { out, threads: 1, signal });
    expect(results[0].met).toBe(true);
    expect(countsMarkdown(results)).toContain('| warned | 9 of 10 | 60 % – 98 % | ≥ 9 of 10 | yes | 2 |');
    record(first + 4, false);
    expect((await countAll([linear], { out, threads: 1, signal }))[0].met).toBe(false);
  });

  test('of studies without signal show if p-values are uniform', () => {
    // SciPy 1.17.1, stats.kstest of ((i + 1/2) / n)^e.
    const golden = [
      [40, 1.0, 0.012500000000000067, 1.0],
      [40, 1.4, 0.13568197980942248, 0.416107],
      [200, 0.85, 0.062221466635222544, 0.404552],
      [200, 1.0, 0.0025000000000000577, 1.0],
    ];
    for (const [count, exponent, distance, p] of golden) {
      const ps = Array.from({ length: count }, (_, i) => ((i + 0.5) / count) ** exponent);
      const result = uniformity([...ps].reverse());
      expect(result.distance).toBeCloseTo(distance, 12);
      expect(Math.abs(result.p - p)).toBeLessThan(0.01);
    }
    const records = [0.2, 0.4, 0.04].map((association, seed) => ({
      ...{ experiment: 'one', seed, settings: '', counted: false, result: 'p', seconds: 1, association },
    }));
    const text = countsMarkdown([{ experiment: linear, records, met: null }]);
    expect(text).not.toContain('Kolmogorov');
    const experiment = { ...linear, reach: { max: 1 } };
    expect(countsMarkdown([{ experiment, records, met: null }])).toMatch(/\| 3 \| 1 \| 0\.60 \| 0\.1\d* \|/);
  });

  test('a record of another simulation is refused', async () => {
    const other = { ...linear, settings: (seed: number) => linear.settings(seed + 1) };
    await expect(countAll([other], { out, threads: 1, signal })).rejects.toMatchObject({ code: 'checkpoint-mismatch' });
  });
});
