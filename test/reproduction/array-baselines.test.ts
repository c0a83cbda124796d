// Tests the baselines on images and series, where they use the same networks as our fits, and the paper's objective as
// published.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { causalVae } from '../../reproduction/baselines/causal-vae.js';
import { BASELINES } from '../../reproduction/baselines/index.js';
import { jointNetwork } from '../../reproduction/baselines/joint-network.js';
import { paperObjective } from '../../reproduction/baselines/paper-objective.js';
import type { BaselineGraph } from '../../reproduction/baselines/stage.js';
import type { Dataset } from '../../src/data/dataset.js';
import { fingerprintOf } from '../../src/data/fingerprint.js';
import { observationOf, tableObservation, valueCount } from '../../src/data/observation.js';
import { standardiseChannels } from '../../src/data/standardise-channels.js';
import { knownTruthBaselines, type BaselineRecord } from '../../reproduction/experiments/known-truth-baselines.js';
import { VARIANT_MNIST_PAGE } from '../../reproduction/experiments/known-truth-pages.js';
import { baselineTable } from '../../reproduction/experiments/known-truth-results.js';
import { constant, mul, ones, reshape, square, sub, sum, zeros } from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import { latentLayout } from '../../src/networks/layout.js';
import { MultimodalModel } from '../../src/networks/multimodal.js';
import { objective } from '../../src/networks/objective.js';
import { observationNetwork } from '../../src/networks/observation.js';
import { ParameterList } from '../../src/nn/parameters.js';
import { commandHere } from '../fixtures/command-here.js';
import { reproduceProgram } from '../../reproduction/command/reproduce.js';
import { generator } from '../fixtures/numbers.js';
import { scratch } from '../fixtures/scratch.js';

const { folder: out } = scratch();
const batch = 5;
const next = generator(7);
const numbers = (count: number) => Float32Array.from({ length: count }, () => 2 * next() - 1);
const PAIR = ['left', 'right'].map((name) => ({ name, observation: tableObservation(4), latents: 2, exogenous: 1 }));
const layout = latentLayout(PAIR);
const labels = constant(numbers(4 * batch), [1, 4, batch]);

/** A random number for every parameter. */
function parametersOf(graph: BaselineGraph): Record<string, Float32Array> {
  return Object.fromEntries(
    graph.parameters.all.map(({ name, shape }) => [name, numbers(shape.reduce((a, b) => a * b))]),
  );
}

const SMALL_CONV = { kind: 'conv1d', widths: [4, 8], dense: 16 } as const;

describe('the paper’s objective', () => {
  const series = standardiseChannels(
    numbers(batch * 12),
    ['a'],
    { kind: 'series', steps: 12, seconds: 1 },
    Int32Array.of(0, 1, 2),
  );
  const shapes = {
    tables: layout,
    regularArrays: latentLayout([
      { name: 'wave', observation: { ...observationOf(series), network: SMALL_CONV }, latents: 2, exogenous: 1 },
      { ...PAIR[0], name: 'table' },
    ]),
  };

  test.each([
    ['tables', 1],
    ['regularArrays', 2],
  ] as const)('on %s weighs reconstruction by %d, divergence by α_ind, open gates by 0.1 α_ind', (kind, weight) => {
    const shape = shapes[kind];
    const seen = shape.groups.map(({ members, observation }) => {
      const size = [1, members.length, valueCount(observation), batch];
      return { values: constant(numbers(size.reduce((a, b) => a * b)), size) };
    });
    const graph = paperObjective(shape, 1);
    expect(graph.parameters.all.some(({ name }) => name.startsWith('crossPrediction'))).toBe(false);
    const still = {
      normal: (_: string, size: readonly number[]) => zeros(size),
      uniform: (_: string, size: readonly number[]) => mul(ones(size), 0.5),
    };
    const parameters = parametersOf(graph);
    const lossAt = (setting: number, subjectLabels = labels) =>
      evaluate([graph.loss(seen, still, subjectLabels, constant([setting], [1]))], { parameters })[0][0];
    const model = new MultimodalModel(
      {
        ...{ modalities: shape.modalities, hidden: 64, flow: 'mixture', components: 5, flowHidden: 16 },
        ...{ within: true, graph: 'ordered', gates: true, componentMap: 0 },
      },
      1,
    );
    const reconstructed = evaluate(model.decode(model.encode(seen).mean), { parameters });
    const squares = seen.reduce((sum, { values }, g) => {
      const [input] = evaluate([values]);
      return sum + reconstructed[g].reduce((total, value, i) => total + (value - input[i]) ** 2, 0);
    }, 0);
    expect(lossAt(0) / ((weight * squares) / batch)).toBeCloseTo(1, 6);
    const { terms } = objective(model, seen, still, {
      weights: { reconstruction: 1, independence: 1, gates: 1 },
      gates: 'sampled',
    });
    const [divergences, open] = evaluate([terms['independence'], terms['gates']], { parameters });
    expect((lossAt(1) - lossAt(0)) / (divergences[0] + 0.1 * open[0])).toBeCloseTo(1, 6);
    expect((lossAt(2) - lossAt(0)) / (lossAt(1) - lossAt(0))).toBeCloseTo(2, 6);
    expect(lossAt(1, constant(numbers(4 * batch), [1, 4, batch]))).toBe(lossAt(1));
  });
});

describe('baselines on images and series', () => {
  const [subjects, trained] = [1400, 1000];
  const latents = Float64Array.from({ length: subjects * 4 }, () => 3.4 * next() - 1.7);
  // Each latent of the series is mostly a latent of the image.
  for (let row = 0; row < subjects; row++) {
    for (const k of [0, 1]) latents[row * 4 + 2 + k] = 0.9 * latents[row * 4 + k] + 0.3 * latents[row * 4 + 2 + k];
  }
  const rows = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
  const split = { train: rows(0, trained), validation: rows(trained, 1100), test: rows(1100, subjects) };
  /** Returns values of a modality: each position is a noisy sum of both latents of the modality, from `first` on. */
  const drawn = (first: number, positions: number) => {
    const patterns = [0, 1].map(() => numbers(positions));
    return Float32Array.from({ length: subjects * positions }, (_, at) => {
      const [row, place] = [Math.floor(at / positions), at % positions];
      const terms = [0, 1].map((k) => latents[row * 4 + first + k] * patterns[k][place]);
      return terms[0] + terms[1] + 0.2 * (next() - 0.5);
    });
  };
  const sides = {
    image: { kind: 'image', height: 8, width: 8 },
    wave: { kind: 'series', steps: 16, seconds: 1 },
  } as const;
  const modalities = [
    {
      name: 'image',
      latents: 2,
      exogenous: 1,
      ...standardiseChannels(drawn(0, 64), ['grey'], sides.image, split.train),
      network: { ...SMALL_CONV, kind: 'conv' as const },
    },
    {
      name: 'wave',
      latents: 2,
      exogenous: 1,
      ...standardiseChannels(drawn(2, 16), ['a'], sides.wave, split.train),
      network: SMALL_CONV,
    },
  ];
  const parts = { ids: Array.from(latents.subarray(0, subjects), (_, row) => `s${row}`), modalities, split };
  const dataset: Dataset = { ...parts, fingerprint: fingerprintOf(parts) };
  const request = { dataset, truth: { z: latents, adjacency: new Int8Array(16) }, seed: 1, effort: 0.3, threads: 1 };
  const source = { settings: () => ({}), simulate: () => ({ dataset, z: latents, adjacency: new Int8Array(16) }) };

  test('the joint code is the sum of the heads of all modalities, and each modality is decoded from it', () => {
    const shape = latentLayout(modalities.map((one) => ({ ...one, observation: observationOf(one) })));
    const seen = [64, 16].map((count) => ({ values: constant(numbers(count * batch), [1, 1, count, batch]) }));
    const parameters = new ParameterList(1);
    const joint = jointNetwork(parameters, shape, { hidden: 8, outputs: 3, inputs: 2 });
    const initial = Object.fromEntries(parameters.initialValues([3]));
    const code = constant(numbers(2 * batch), [1, 2, batch]);
    const [head, error] = evaluate([joint.encode(seen), joint.error(seen, code)], { parameters: initial });
    const perModality = shape.groups.map(({ observation }, g) => {
      const list = new ParameterList(1);
      const network = observationNetwork(observation);
      const encode = network.encoder(list, `encoder.g${g}`, { members: 1, hidden: 8, outputs: 3 });
      const decode = network.decoder(list, `decoder.g${g}`, { members: 1, hidden: 8, inputs: 2 });
      const reconstructed = decode(reshape(code, [1, 1, 2, batch]));
      const squares = mul(sum(square(sub(reconstructed, seen[g].values)), [0, 1, 2, 3]), 1 / batch);
      return evaluate([encode(seen[g]), squares], { parameters: initial });
    });
    head.forEach((value, i) => expect(value).toBeCloseTo(perModality[0][0][i] + perModality[1][0][i], 8));
    expect(error[0]).toBeCloseTo(perModality[0][1][0] + perModality[1][1][0], 6);
  });

  test('CausalVAE divides the error of an image by the number of its rows, as the published code does', () => {
    const shape = latentLayout(modalities.map((one) => ({ ...one, observation: observationOf(one) })));
    const seen = [64, 16].map((count) => ({ values: constant(numbers(count * batch), [1, 1, count, batch]) }));
    const graph = causalVae(false)(shape, 1);
    const parameters = parametersOf(graph);
    // Only the reconstruction remains of the loss: without masks and structure, concepts are outputs of the encoder.
    for (const { name } of graph.parameters.all) if (/^(mask|structure)/.test(name)) parameters[name].fill(0);
    const still = { normal: (_: string, size: readonly number[]) => zeros(size), uniform: () => zeros([1]) };
    const [loss, code] = evaluate([graph.loss(seen, still, labels, constant([0], [1])), graph.latents(seen)], {
      parameters,
    });
    const squares = shape.groups.map(({ observation }, g) => {
      const network = observationNetwork(observation);
      const decode = network.decoder(new ParameterList(1), `decoder.g${g}`, { members: 1, hidden: 64, inputs: 4 });
      const reconstructed = decode(constant([...code], [1, 1, 4, batch]));
      const all = sum(square(sub(reconstructed, seen[g].values)), [0, 1, 2, 3]);
      return evaluate([all], { parameters })[0][0] / batch;
    });
    expect(loss[0] / (0.5 * (squares[0] / 8 + squares[1]))).toBeCloseTo(1, 5);
  });

  test('recover latents with the network of each modality, and leave records that are read again', async () => {
    const blocks = {
      'beta-vae': [3, 3],
      'beta-vae-concatenated': [6],
      'causal-vae-supervised': [2, 2],
      'causal-vae-unsupervised': [4],
      contrastive: [2, 2],
      'contrastive-cosine': [2, 2],
      'contrastive-swept': [2, 2],
      'cca-ica': [2, 2],
      'factor-analysis': [6, 6],
      'paper-objective': [2, 2],
    };
    const options = { out, seeds: 1, threads: 1, effort: 0.3, restarts: 1 };
    const study = { id: 'small', title: 'small' };
    const records: BaselineRecord[] = [];
    for await (const record of knownTruthBaselines([study], source, options)) records.push(record);
    expect(records.map(({ method }) => method)).toEqual(Object.keys(blocks));
    for (const { method, sweep } of records) {
      expect([method, Math.max(...sweep.map(({ r2 }) => r2)) > 0.8]).toEqual([method, true]);
      expect(sweep.every((one) => one.latents.length === 4)).toBe(true);
    }
    const labelled = records.find(({ method }) => method === 'causal-vae-supervised')!;
    expect(labelled.sweep[0].mcc).toBeGreaterThan(0.9);
    expect(readdirSync(join(out, 'fits'))).toContain('small-paper-objective-seed0.json');
    const again: BaselineRecord[] = [];
    for await (const record of knownTruthBaselines([study], source, options)) again.push(record);
    expect(again).toEqual(records);
    const [estimate] = await BASELINES['beta-vae'].fit({ ...request, effort: 0.01 });
    expect(estimate.blocks.map((block) => block.latents)).toEqual(blocks['beta-vae']);
  });
});

test('the table shows, for a swept setting, the value with the best mean MCC over data seeds', () => {
  const figures = (mcc: number) => ({
    mcc,
    chance: 0.5,
    r2: mcc / 2,
    latents: [1, 2, 3, 4].map((k) => ({ name: `m.z${k}`, spearman: mcc, r2: mcc / 10 + k / 100 })),
  });
  const record = (seed: number, low: number, high: number): BaselineRecord => ({
    ...{ experiment: 'small', method: 'beta-vae', seed, settings: '', seconds: 10 + seed, version: '0' },
    sweep: [
      { setting: 'β 2', ...figures(low) },
      { setting: 'β 8', ...figures(high) },
    ],
  });
  const records = [record(0, 0.9, 0.7), record(1, 0.3, 0.6)];
  const table = baselineTable(VARIANT_MNIST_PAGE, { studies: [{ id: 'small', title: 'small' }], records });
  expect(table.split('\n').slice(2)).toEqual([
    '| small | β-VAE per modality | 2 | 0.650 ± 0.071 | 0.500 | 0.300 ± 0.141 | ' +
      '0.325 ± 0.035 | 0.075 ± 0.007 | 0.085 ± 0.007 | ' +
      '0.095 ± 0.007 | 0.105 ± 0.007 | β 8 | 11 ± 1 |',
  ]);
});

test('--baselines with experiments that have none is refused, and the message names those that have', async () => {
  const { code, err } = await commandHere(['select-case1', '--baselines', '--out', 'none'], out, reproduceProgram());
  expect(code).not.toBe(0);
  expect(err).toContain('--baselines belongs to table2 and series');
});
