// A fit with observed causes: it finds which latents the levels act on and the edges between latents, says nothing
// without signal, resumes with the same bits, and is saved and read. A small fit, in which latents are approximate.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { shuffleCauses, type Cause } from '../../src/data/causes.js';
import { tableObservation } from '../../src/data/observation.js';
import type { Dataset } from '../../src/data/dataset.js';
import { data } from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import { encodeDataset } from '../../src/inference/inference.js';
import { LatentMechanisms } from '../../src/inference/latent-mechanisms.js';
import { meanCorrelation } from '../../src/metrics/index.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { CAUSE_GATES } from '../../src/networks/cause-effects.js';
import { LatentPrior, LATENT_GATES } from '../../src/networks/latent-prior.js';
import { latentLayout } from '../../src/networks/layout.js';
import { LevelGaussian } from '../../src/networks/level-gaussian.js';
import { ParameterList } from '../../src/nn/parameters.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate, type Simulation } from '../../src/simulation/simulate.js';
import { fitConfigFor, type FitSettings } from '../../src/training/config.js';
import { fitModel, type FittedModel } from '../../src/training/fit.js';
import { gateGroups } from '../../src/moments/cause-gates.js';
import { inCausalOrder } from '../../src/training/moments-start.js';
import type { StageName } from '../../src/training/stage.js';
import type { FitProgress } from '../../src/training/stage-runner.js';
import { noNoise } from '../../src/inference/batch-program.js';
import { normals, generator } from '../fixtures/numbers.js';

const SMALL: FitSettings = {
  encoderRestarts: 2,
  subspaces: 'network',
  epochs: 50,
  batch: 128,
  hidden: 64,
  componentSteps: 500,
  componentRestarts: 16,
  polish: 5,
};
const PARTS: StageName[] = ['subspaces', 'exploration', 'components', 'pruning', 'polish', 'missing'];

let folder: string;
let simulation: Simulation;
let dataset: Dataset;
let fitted: FittedModel;

/** Returns a data set of few subjects. */
const few = () => simulatedDataset(simulate('chain', { seed: 0, samples: 150, test: 20, levels: 'perfect' }));
const fit = (of: Dataset, settings: FitSettings = SMALL) => fitModel(of, fitConfigFor(of, settings), { threads: 1 });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'interlatent-causes-'));
  simulation = simulate('chain', { seed: 4, samples: 3000, test: 300, levels: 'perfect' });
  dataset = simulatedDataset(simulation);
  fitted = await fit(dataset);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Returns which true latent each fitted one matches, and how well; undefined for the private one. */
async function matchOf({ model, parameters }: FittedModel) {
  const rows = dataset.split.test;
  const all = await encodeDataset(dataset, model, parameters, { threads: 1 });
  const width = all.length / dataset.ids.length;
  const taken = (values: Float32Array | Float64Array, columns: number) => ({
    values: Float64Array.from({ length: rows.length * 4 }, (_, at) => {
      const column = at % 4;
      return column < columns ? values[rows[Math.floor(at / 4)] * columns + column] : 0;
    }),
    rows: rows.length,
    columns: 4,
  });
  const truth = taken(simulation.z, 3);
  rows.forEach((row, i) => (truth.values[i * 4 + 3] = simulation.eta[row]));
  return meanCorrelation(truth, taken(all, width), { modalities: [4] }).spearman;
}

describe('a chain of three latents in one modality with a perfect level for each, targets unknown', () => {
  test('the fit searches twice and polishes', () => {
    expect(fitted.stages.map(({ name }) => name)).toEqual(PARTS);
    expect(fitted.model.causes).toEqual([expect.objectContaining({ name: 'arm', effect: 'perfect' })]);
    expect(fitted.model.modalities).toEqual([expect.objectContaining({ latents: 4, exogenous: 0 })]);
  });

  test('latents, targets and edges are the true ones, and what nothing touches is the last latent', async () => {
    const { perLatent, matching } = await matchOf(fitted);
    for (let latent = 0; latent < 3; latent++) expect(perLatent[latent]).toBeGreaterThan(0.9);
    const fittedTo = (latent: number): number => matching[latent];
    expect(fittedTo(3)).toBe(3);
    const gates = fitted.parameters.get(CAUSE_GATES)!.values;
    const { targets } = simulation.causes![0];
    for (let level = 0; level < 3; level++) {
      const acts = [0, 1, 2, 3].filter((latent) => gates[latent * 3 + level] === 1);
      expect(acts).toEqual([fittedTo([0, 1, 2].find((latent) => targets[level * 3 + latent] !== 0)!)]);
    }
    const edges = fitted.graph.edges.map(({ from, to }) => `${from} ${to}`).sort();
    const name = (latent: number): string => fitted.graph.nodes[fittedTo(latent)].name;
    expect(edges).toEqual([`${name(0)} ${name(1)}`, `${name(1)} ${name(2)}`].sort());
  });

  test('a fit that stops in every stage ends at the same bits as one that was never stopped', async () => {
    const options = { folder: join(folder, 'stopped'), threads: 1, resume: true };
    const config = fitConfigFor(dataset, SMALL);
    for (const stage of PARTS) {
      const controller = new AbortController();
      const onProgress = (progress: FitProgress): void => {
        if (progress.stage === stage && progress.epoch === 1) controller.abort(new Error(`enough of ${stage}`));
      };
      await expect(fitModel(dataset, config, { ...options, signal: controller.signal, onProgress })).rejects.toThrow(
        `enough of ${stage}`,
      );
    }
    const resumed = await fitModel(dataset, config, options);
    expect(resumed.parameters).toEqual(fitted.parameters);
    expect(resumed.graph).toEqual(fitted.graph);
  });

  test('a saved model is complete: once loaded, it gives the same latents and graph', async () => {
    const quick = { ...SMALL, epochs: 2, polish: 1, componentSteps: 60 };
    const subjects = few();
    const model = await MultimodalCausalModel.fit(subjects, { ...quick, evidence: 'none', threads: 1 });
    await model.save(join(folder, 'saved'));
    const loaded = await MultimodalCausalModel.load(join(folder, 'saved'));
    expect(await loaded.encode(subjects)).toEqual(await model.encode(subjects));
    expect(loaded.graph).toEqual(model.graph);
    expect(loaded.summary.model.causes).toEqual(loaded.summary.causes);
    await model.dispose();
    await loaded.dispose();
  });
});

test('a study with few subjects has equally good structures, so most latents are not determined', async () => {
  const settings: FitSettings = { encoderRestarts: 2, subspaces: 'network', epochs: 60, hidden: 16, polish: 0 };
  const { determination } = await fit(few(), settings);
  const { restarts, equals, determined } = determination!;
  expect(restarts).toBeGreaterThan(5);
  expect(equals).toBe(restarts);
  expect(determined!.filter((isDetermined) => !isDetermined).length).toBeGreaterThan(1);
});

test('shuffled levels act on nothing', async () => {
  const shuffled = { ...dataset, causes: shuffleCauses(dataset.causes!, 1) };
  const { parameters, graph } = await fit(shuffled);
  expect(Math.max(...parameters.get(CAUSE_GATES)!.values)).toBe(0);
  expect(graph.edges).toEqual([]);
});

describe('settings that a fit with causes cannot have', () => {
  test.each<[string, FitSettings]>([
    ['fit', { fit: 'joint', subspaces: undefined }],
    ['sparsity.kind', { sparsity: { kind: 'none' } }],
    ['sparsity.graph', { sparsity: { graph: 'cyclic' } }],
  ])('%s', async (setting, settings) => {
    await expect(fit(dataset, { ...SMALL, ...settings })).rejects.toMatchObject({
      code: 'invalid-setting',
      details: { setting },
    });
  });

  test('a number with a perfect effect', async () => {
    const dose: Cause = {
      name: 'dose',
      kind: 'continuous',
      reference: 0,
      assigned: true,
      effect: 'perfect',
      terms: [{ zero: 0, sd: 1 }],
      values: new Float64Array(dataset.ids.length),
    };
    await expect(fit({ ...dataset, causes: [dose] })).rejects.toMatchObject({ code: 'invalid-setting' });
  });
});

describe('an optimum of the search', () => {
  const layout = latentLayout([
    { name: 'a', observation: tableObservation(5), latents: 3, exogenous: 0 },
    { name: 'b', observation: tableObservation(5), latents: 2, exogenous: 0 },
  ]);

  test('has the latents of each modality in causal order, and untouched ones last', () => {
    const d = 5;
    const edges = new Uint8Array(d * d);
    // 2 → 1 in a, 1 → 4 across; 0 and 3 are touched by nothing.
    edges[1 * d + 2] = 1;
    edges[4 * d + 1] = 1;
    const gates = Uint8Array.from([0, 0, 1, 0, 0]);
    const maps = Float64Array.from({ length: d * d }, (_, at) => 100 * Math.floor(at / d) + (at % d));
    const ordered = inCausalOrder({ maps, edges, gates }, layout);
    expect([0, 1, 2, 3, 4].map((row) => Math.floor(ordered.maps[row * d] / 100))).toEqual([2, 1, 0, 4, 3]);
    expect([...ordered.gates]).toEqual([1, 0, 0, 0, 0]);
    expect([...ordered.edges.keys()].filter((at) => ordered.edges[at] === 1)).toEqual([1 * d + 0, 3 * d + 1]);
  });

  test('has a gate for each level and one for all terms of a number', () => {
    const level = { kind: 'categorical', terms: [{ level: 'a' }, { level: 'b' }] } as const;
    const number = {
      kind: 'continuous',
      terms: [
        { zero: 0, sd: 1 },
        { zero: 0, sd: 1 },
      ],
    } as const;
    expect(gateGroups([level, number, level])).toEqual([0, 1, 2, 2, 3, 4]);
  });
});

test('straight subspaces have the density of a Gaussian at each level', () => {
  const layout = latentLayout([{ name: 'a', observation: tableObservation(3), latents: 2, exogenous: 0 }]);
  const causes = [{ name: 'arm', kind: 'categorical', effect: 'soft', terms: [{ level: 'x' }] }] as const;
  const model = new LevelGaussian(layout, causes, 4, false, 1);
  const values = new Map(
    model.parameters.all.map(({ name, shape }) => [name, new Float64Array(shape.reduce((a, b) => a * b))]),
  );
  values.get('componentMap.2.rotation')!.set([1, 0, 0, 1]);
  // At the level: mean (1, −1), precision factor [[e^0.5, 0], [0.7, e^−0.2]].
  values.get('levels.mean')!.set([0.3, 0.7, -0.4, -0.6]);
  values.get('levels.logScale')!.set([0.1, 0.4, 0.2, -0.4]);
  values.get('levels.factor')!.set([9, 9, 9, 9, 0.2, 0.5, 9, 9]);
  const u = [2, 0.5];
  const [density] = evaluate([model.logLikelihood(data('u', [1, 2, 1]), data('terms', [1, 1, 1]))], {
    parameters: Object.fromEntries(values),
    data: { u: Float64Array.from(u), terms: Float64Array.of(1) },
  });
  const white = [Math.exp(0.5) * (u[0] - 1), 0.7 * (u[0] - 1) + Math.exp(-0.2) * (u[1] + 1)];
  const expected = 0.5 - 0.2 - white.reduce((sum, value) => sum + value ** 2, 0) / 2 - Math.log(2 * Math.PI);
  expect(density[0]).toBeCloseTo(expected, 10);
});

describe.each(['affine', 'mixture'] as const)('mechanisms of single subjects with the %s flow', (flow) => {
  const layout = latentLayout([{ name: 'a', observation: tableObservation(3), latents: 3, exogenous: 0 }]);
  const level = (name: string, effect: Cause['effect']) =>
    ({ name, kind: 'categorical', levels: ['no', 'yes'], assigned: true, effect, terms: [{ level: 'yes' }] }) as const;
  const config = {
    modalities: layout.modalities,
    hidden: 4,
    flow,
    components: 3,
    flowHidden: 5,
    within: true,
    graph: 'ordered',
    gates: true,
    componentMap: 0,
    causes: [level('s', 'soft'), level('h', 'shift'), level('p', 'perfect')],
  } as const;
  const list = new ParameterList(1);
  const prior = new LatentPrior(list, layout, config);
  const normal = normals(generator(5));
  const parameters = new Map(
    list.all.map(({ name, shape }) => {
      const values = new Float32Array(shape.reduce((a, b) => a * b)).map(() => 0.5 * normal());
      if (name === CAUSE_GATES) values.fill(1).set([0], 2);
      if (name === LATENT_GATES) values.fill(3);
      return [name, { shape, values }];
    }),
  );
  const mechanisms = new LatentMechanisms(config, parameters);

  /** Returns the noises of the graph, in double precision. */
  function epsilon(z: readonly number[], terms: readonly number[]): Float64Array {
    const node = data('z', [1, 3, 1]);
    const conditioned = prior.condition(node, prior.gates('hard', noNoise), undefined, data('terms', [1, 3, 1]));
    return evaluate([prior.epsilon(node, conditioned)], {
      parameters: Object.fromEntries([...parameters].map(([name, { values }]) => [name, Float64Array.from(values)])),
      data: { z: Float64Array.from(z), terms: Float64Array.from(terms) },
    })[0];
  }

  test.each([[[0, 0, 0]], [[1, 0, 0]], [[0, 1, 0]], [[0, 0, 1]], [[1, 1, 0]], [[1, 1, 1]]])(
    'a latent has the noise that the graph gives it, at the levels %p',
    (terms) => {
      const random = new RandomStream(1, 2);
      for (let i = 0; i < 5; i++) {
        const z = Array.from({ length: 3 }, () => random.normal());
        const noises = epsilon(z, terms);
        for (let latent = 0; latent < 3; latent++) {
          expect(mechanisms.value(latent, Float64Array.from(z), noises[latent], terms)).toBeCloseTo(z[latent], 5);
        }
      }
    },
  );

  test('a latent that moves to a level keeps its noise', () => {
    const z = [0.4, -0.3, 0.8];
    const before = epsilon(z, [0, 1, 0]);
    for (let latent = 0; latent < 3; latent++) {
      const moved = mechanisms.moved(latent, Float64Array.from(z), Float64Array.from(z), {
        before: [0, 1, 0],
        after: [1, 0, 1],
      });
      const after = epsilon(
        z.map((value, i) => (i === latent ? moved : value)),
        [1, 0, 1],
      );
      expect(after[latent]).toBeCloseTo(before[latent], 5);
    }
    expect(mechanisms.termsOf(0)).toEqual([0, 1]);
    expect(mechanisms.termsOf(1)).toEqual([0, 1, 2]);
  });
});
