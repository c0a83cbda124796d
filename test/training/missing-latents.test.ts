// Subjects who lack values or whole modalities. Missing values affect no loss and no other subject, and latents of
// absent modalities are inferred from the other modalities.

import { describe, expect, test } from '@jest/globals';
import type { Dataset, ObservedValues } from '../../src/data/dataset.js';
import { fingerprintOf } from '../../src/data/fingerprint.js';
import { tableObservation, valueCount } from '../../src/data/observation.js';
import { presence } from '../../src/data/presence.js';
import { selectSubjects } from '../../src/data/select-rows.js';
import { data, type Node } from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import { Inference } from '../../src/inference/inference.js';
import { latentPosterior } from '../../src/inference/latent-posterior.js';
import { MissingSampler } from '../../src/inference/missing-sampler.js';
import { meanCorrelation } from '../../src/metrics/index.js';
import { latentLayout } from '../../src/networks/layout.js';
import type { NoiseSource } from '../../src/networks/latent-prior.js';
import { MultimodalModel, type ModelConfig } from '../../src/networks/multimodal.js';
import { objective } from '../../src/networks/objective.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';
import { fitConfig, fitConfigFor } from '../../src/training/config.js';
import { fitModel } from '../../src/training/fit.js';
import { missingStage, type KnownLatents } from '../../src/training/missing-stage.js';
import { StageRunner } from '../../src/training/stage-runner.js';
import { generator } from '../fixtures/numbers.js';

const PARTIAL: ModelConfig = {
  modalities: [
    { name: 'blood', observation: tableObservation(4, { absent: true }), latents: 2, exogenous: 1 },
    { name: 'sleep', observation: tableObservation(3, { masked: true }), latents: 1, exogenous: 1 },
    { name: 'eye', observation: tableObservation(4, { absent: true }), latents: 2, exogenous: 1 },
  ],
  hidden: 6,
  flow: 'mixture',
  components: 3,
  flowHidden: 4,
  within: true,
  graph: 'ordered',
  gates: false,
  absent: true,
  componentMap: 5,
};

describe('the objective', () => {
  const batch = 4;
  const model = new MultimodalModel(PARTIAL, 1);
  const noise: NoiseSource = {
    normal: (name, shape) => data(`noise.${name}`, shape),
    uniform: (name, shape) => data(`noise.${name}`, shape),
  };
  const leaf = (name: string, g: number, features?: number): Node => {
    const { members, observation } = model.layout.groups[g];
    return data(`${name}.${g}`, [1, members.length, features ?? valueCount(observation), batch]);
  };
  const x = model.layout.groups.map(({ observation }, g) => ({
    values: leaf('x', g),
    observed: leaf('observed', g),
    ...(observation.absent && { present: leaf('present', g, 1) }),
  }));
  const { terms } = objective(model, x, noise, {
    weights: { reconstruction: 1, independence: 1, crossPrediction: 1 },
    gates: 'hard',
  });
  const names = ['reconstruction', 'independence', 'crossPrediction'];

  /** Returns the terms if subject 2 has these marks, this value and this noise in `eye` (group 0, second member). */
  const termsOf = (mask: readonly number[], value: number, noise: number): number[] => {
    const next = generator(3);
    const filled = (node: Node, at: (i: number) => number | undefined = () => undefined): Float64Array =>
      Float64Array.from({ length: node.shape.reduce((a, b) => a * b) }, (_, i) => {
        const drawn = 2 * next() - 1;
        return at(i) ?? drawn;
      });
    const eye = (size: number) => (i: number) => (i >= size * batch && i % batch === 2 ? true : undefined);
    const feeds: Record<string, Float64Array> = {};
    x.forEach(({ values, observed, present }, g) => {
      const width = values.shape[2];
      const isEye = g === 0 ? eye(width) : () => undefined;
      const marks = filled(observed, (i) => (isEye(i) ? mask[Math.floor(i / batch) - width] : 1));
      feeds[`observed.${g}`] = marks;
      feeds[`x.${g}`] = filled(values, (i) => (isEye(i) ? value * marks[i] : undefined));
      if (present) feeds[`present.${g}`] = filled(present, (i) => (g === 0 && i === batch + 2 ? Math.max(...mask) : 1));
    });
    model.layout.groups.forEach(({ members, latents, exogenous }, g) => {
      const size = latents + exogenous;
      const node = data(`noise.posterior.${g}`, [1, members.length, size, batch]);
      feeds[`noise.posterior.${g}`] = filled(node, (i) => (g === 0 && eye(size)(i) ? noise : undefined));
    });
    const parameters = Object.fromEntries(
      [...model.parameters.initialValues([8])].map(([name, values]) => [name, Float64Array.from(values)]),
    );
    return evaluate(
      names.map((name) => terms[name]),
      { data: feeds, parameters },
    ).map(([one]) => one);
  };

  test('does not depend on values or noise of a modality that a subject lacks', () => {
    const lacking = [0, 0, 0, 0];
    expect(termsOf(lacking, 0.4, 1)).toEqual(termsOf(lacking, -0.9, -2));
    const whole = termsOf([1, 1, 1, 1], 0.4, 1);
    termsOf([1, 1, 1, 1], -0.9, -2).forEach((term, i) => {
      expect(term).not.toBe(whole[i]);
    });
  });

  test('distinguishes missing values from zeros', () => {
    const [[missing], [zero]] = [termsOf([1, 0, 1, 1], 0, 1), termsOf([1, 1, 1, 1], 0, 1)];
    expect(missing).not.toBe(zero);
  });
});

/** The latents of three modalities (2 + 1 + 1) are jointly normal with known mean and covariance. */
describe('the density of missing latents, of a normal distribution', () => {
  const loadings = [
    [1, 0, 0],
    [0.5, 0.8, 0],
    [0.9, -0.6, 0.5],
    [0.2, 1, 0.6],
  ];
  const centre = [1, -2, 0, 30];
  const unit = [1, 1, 4, 10];
  const rows = 4000;
  const random = new RandomStream(5, 1);
  const values = Float32Array.from(
    Array.from({ length: rows }, () => {
      const [a, b, c] = [random.normal(), random.normal(), random.normal()];
      return loadings.map(([x, y, z], i) => centre[i] + unit[i] * (x * a + y * b + z * c + 0.3 * random.normal()));
    }).flat(),
  );
  const covariance = (i: number, j: number): number =>
    unit[i] * unit[j] * (loadings[i].reduce((sum, l, k) => sum + l * loadings[j][k], 0) + (i === j ? 0.09 : 0));
  const modalities = [2, 1, 1].map((latents, m) => ({
    name: `m${m}`,
    observation: tableObservation(4),
    latents,
    exogenous: 1,
  }));
  const part = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
  const known: KnownLatents = {
    modalities,
    values,
    split: { train: part(0, 3000), validation: part(3000, 3500), test: part(3500, rows) },
  };
  const config = fitConfig({ hidden: 32, seed: 4 }, { subjects: 3000 });
  const layout = latentLayout(modalities);
  const dataset = { fingerprint: '', modalities: [], ids: [], split: known.split };
  const fitted = StageRunner.open(['missing'], dataset, config, {}).then((runner) =>
    runner.run('missing', () => missingStage('missing', known, config)),
  );
  const heldOut = { values: values.slice(3500 * 4), rows: 500 };

  async function withSampler<T>(work: (sampler: MissingSampler) => Promise<T>): Promise<T> {
    const sampler = new MissingSampler(layout, config, (await fitted).parameters, { threads: 1 });
    try {
      return await work(sampler);
    } finally {
      await sampler.dispose();
    }
  }
  const lacking = (absent: readonly number[]) =>
    modalities.map((_, m) => new Uint8Array(heldOut.rows).fill(absent.includes(m) ? 0 : 1));

  test('has the mean and standard deviation of the conditional distribution', async () => {
    const { mean, sd } = await withSampler((sampler) =>
      sampler.infer({ values: heldOut.values, present: lacking([1, 2]) }),
    );
    // The closed form for latent i given the first two latents.
    const [a, b, d] = [covariance(0, 0), covariance(0, 1), covariance(1, 1)];
    for (const i of [2, 3]) {
      const [p, q] = [covariance(i, 0), covariance(i, 1)];
      const det = a * d - b * b;
      const slopes = [(d * p - b * q) / det, (a * q - b * p) / det];
      const expectedSd = Math.sqrt(covariance(i, i) - slopes[0] * p - slopes[1] * q);
      let [error, spread] = [0, 0];
      for (let row = 0; row < heldOut.rows; row++) {
        const z = heldOut.values.subarray(row * 4, row * 4 + 4);
        const expected = centre[i] + slopes[0] * (z[0] - centre[0]) + slopes[1] * (z[1] - centre[1]);
        error += (mean[row * 4 + i] - expected) ** 2 / heldOut.rows;
        spread += sd[row * 4 + i] / heldOut.rows;
      }
      expect(Math.sqrt(error) / expectedSd).toBeLessThan(0.15);
      expect(spread / expectedSd).toBeGreaterThan(0.93);
      expect(spread / expectedSd).toBeLessThan(1.07);
    }
  });

  test('present latents keep their values, with standard deviation 0', async () => {
    const { mean, sd } = await withSampler((sampler) =>
      sampler.infer({ values: heldOut.values, present: lacking([1]) }),
    );
    for (const at of [0, 1, 3, 4, 5, 7]) {
      expect([mean[at], sd[at]]).toEqual([heldOut.values[at], 0]);
    }
  });

  test('draws of several modalities are correlated like the subjects of the study', async () => {
    const draws = await withSampler((sampler) =>
      sampler.draw({ values: heldOut.values, present: lacking([0, 1, 2]) }, 8, 3),
    );
    const count = draws.length / 4;
    const moment = (i: number, j: number): number => {
      let sum = 0;
      for (let row = 0; row < count; row++) sum += (draws[row * 4 + i] - centre[i]) * (draws[row * 4 + j] - centre[j]);
      return sum / count / Math.sqrt(covariance(i, i) * covariance(j, j));
    };
    for (const [i, j] of [0, 1, 2, 3].flatMap((a) => [0, 1, 2, 3].map((b) => [a, b]))) {
      const expected = covariance(i, j) / Math.sqrt(covariance(i, i) * covariance(j, j));
      expect(Math.abs(moment(i, j) - expected)).toBeLessThan(0.12);
    }
  });

  test('the draws of a subject depend on the seed, but not on the other subjects', async () => {
    const first = { values: heldOut.values.slice(0, 12), present: lacking([2]).map((marks) => marks.slice(0, 3)) };
    const [alone, together, other] = await withSampler(async (sampler) => [
      await sampler.draw(first, 2, 3),
      await sampler.draw({ values: heldOut.values, present: lacking([2]) }, 2, 3),
      await sampler.draw(first, 2, 4),
    ]);
    expect(alone.slice(0, 12)).toEqual(together.slice(0, 12));
    expect(alone.slice(12)).toEqual(together.slice(heldOut.values.length, heldOut.values.length + 12));
    expect(other).not.toEqual(alone);
  });
});

describe('a fit to subjects of whom 40 % lack a modality, and the others lack 10 % of their cells', () => {
  const simulation = simulate('case1', { seed: 6, samples: 1500, test: 300 });
  const whole = simulatedDataset(simulation);
  const dataset = withHoles(whole);
  const config = fitConfigFor(dataset, { subspaces: 'network', encoderRestarts: 2, componentRestarts: 24, seed: 1 });
  const fit = fitModel(dataset, config, { threads: 2 });

  const posteriorOf = async (values: readonly ObservedValues[], rows: number) => {
    const { model, parameters } = await fit;
    const inference = new Inference(model, 1, parameters, { threads: 1 });
    try {
      return await latentPosterior({ model, missing: config, parameters }, inference, values, rows, { threads: 1 });
    } finally {
      await inference.dispose();
    }
  };

  test('finds the latents of subjects who have everything, and the true edges', async () => {
    const { mean } = await posteriorOf(whole.modalities, whole.ids.length);
    const rows = whole.split.test;
    const select = (table: ArrayLike<number>) =>
      Float64Array.from({ length: rows.length * 4 }, (_, at) => table[rows[Math.floor(at / 4)] * 4 + (at % 4)]);
    const samples = (table: ArrayLike<number>) => ({ values: select(table), rows: rows.length, columns: 4 });
    const { spearman } = meanCorrelation(samples(simulation.z), samples(mean), { modalities: [2, 2] });
    expect(spearman.mean).toBeGreaterThan(0.97);
    const cross = (await fit).graph.edges.filter(({ from, to }) => from.split('.')[0] !== to.split('.')[0]);
    expect(cross.length).toBe(2);
    // Without noise, the reconstruction of a missing cell is better than no value.
    expect((await fit).model.filling).toBeGreaterThan(0);
  });

  test('reports larger standard deviations for inferred latents, and marks them', async () => {
    const { sd, present } = await posteriorOf(dataset.modalities, dataset.ids.length);
    expect(present.map((marks) => [...marks])).toEqual(presence(dataset.modalities)!.map((marks) => [...marks]));
    const meanSd = (wanted: number): number => {
      const rows = [...present[1].keys()].filter((row) => present[1][row] === wanted);
      return rows.reduce((sum, row) => sum + sd[row * 4 + 2], 0) / rows.length;
    };
    expect(meanSd(0)).toBeGreaterThan(2 * meanSd(1));
  });

  test('the bits of a subject do not depend on the other subjects, or on what they lack', async () => {
    const all = await posteriorOf(dataset.modalities, dataset.ids.length);
    const rows = Int32Array.from({ length: 40 }, (_, i) => 7 * i);
    const some = await posteriorOf(
      dataset.modalities.map((modality) => selectSubjects(modality, modality.columns.length, rows)),
      rows.length,
    );
    rows.forEach((row, i) => {
      expect([...some.mean.subarray(i * 4, i * 4 + 4)]).toEqual([...all.mean.subarray(row * 4, row * 4 + 4)]);
      expect([...some.sd.subarray(i * 4, i * 4 + 4)]).toEqual([...all.sd.subarray(row * 4, row * 4 + 4)]);
    });
  });
});

test.each([
  ['cyclic', { sparsity: { graph: 'cyclic' as const } }],
  ['shared', {}],
])('a model that needs every modality of every subject refuses incomplete subjects: %s', async (kind, settings) => {
  const whole = simulatedDataset(simulate(kind === 'shared' ? 'shared2' : 'case1', { samples: 200, test: 20 }));
  const dataset = withHoles(whole);
  await expect(fitModel(dataset, fitConfig(settings), {})).rejects.toMatchObject({
    code: 'invalid-setting',
    message: expect.stringContaining('missing: drop'),
  });
});

/** Returns data of which a fifth of the subjects lacks each modality, and the others lack a tenth of their cells. */
function withHoles(whole: Dataset): Dataset {
  const random = new RandomStream(9, 2);
  const lacks = whole.ids.map(() => Math.floor(5 * random.uniform()));
  const modalities = whole.modalities.map((modality, m) => {
    const width = modality.columns.length;
    const observed = Uint8Array.from(modality.values, (_, at) =>
      lacks[Math.floor(at / width)] === m || random.uniform() < 0.1 ? 0 : 1,
    );
    return { ...modality, observed, values: modality.values.map((value, at) => value * observed[at]) };
  });
  const parts = { ...whole, modalities };
  return { ...parts, fingerprint: fingerprintOf(parts) };
}
