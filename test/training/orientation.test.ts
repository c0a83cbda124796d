// The signs of latents: each latent rises with its strongest column, in a fit and in everything that reads its RUN
// folder.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { graphFromJson } from '../../src/causal/index.js';
import type { Dataset, Modality } from '../../src/data/dataset.js';
import { fingerprintOf } from '../../src/data/fingerprint.js';
import { tableObservation } from '../../src/data/observation.js';
import { encodeDataset } from '../../src/inference/inference.js';
import { spearman } from '../../src/metrics/index.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { MultimodalModel, type ModelConfig } from '../../src/networks/multimodal.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { readRun } from '../../src/training/run-folder.js';
import { withEffects } from '../../src/training/edge-effects.js';
import { flipLatents } from '../../src/training/flip-latents.js';
import { orientationOf, orientationRows } from '../../src/training/orientation.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();

function modality(name: string, columns: readonly Float32Array[], more: Partial<Modality> = {}): Modality {
  const rows = columns[0].length;
  const values = Float32Array.from({ length: rows * columns.length }, (_, at) => {
    return columns[at % columns.length][Math.floor(at / columns.length)];
  });
  const scales = columns.map((_, c) => ({ name: `x${c + 1}`, log: false, offset: 0, mean: 0, sd: 1 }));
  return { name, columns: scales, values, latents: 1, exogenous: 1, ...more };
}

describe('the column that a latent rises with', () => {
  const rows = Int32Array.of(0, 1, 2, 3, 4, 5);
  const rising = Float32Array.of(0, 1, 2, 3, 4, 5);
  const almost = Float32Array.of(0, 1, 2, 3, 5, 4);
  const shuffled = Float32Array.of(3, 1, 4, 0, 5, 2);
  const falling = rising.map((value) => -value);
  const shape = (name: string, latents: number, columns = 3) => ({
    ...{ name, latents, exogenous: 1 },
    observation: tableObservation(columns),
  });

  test('has the largest |rank correlation|; if it would fall, the latent is flipped', () => {
    const dataset = { modalities: [modality('a', [shuffled, falling, almost])] };
    const result = orientationOf(dataset, { modalities: [shape('a', 1)] }, rows, rising);
    expect(result.turned).toEqual([true]);
    expect(result.orientation).toEqual([
      { latent: 'a.z1', modality: 'a', column: 'x2', correlation: expect.closeTo(1, 12) },
    ]);
    expect(orientationOf(dataset, { modalities: [shape('a', 1)] }, rows, falling).turned).toEqual([false]);
  });

  test('is the first of equally correlated columns', () => {
    const dataset = { modalities: [modality('a', [shuffled, rising, falling])] };
    const result = orientationOf(dataset, { modalities: [shape('a', 1)] }, rows, rising);
    expect(result.orientation.map(({ column }) => column)).toEqual(['x2']);
    expect(result.turned).toEqual([false]);
  });

  test('belongs to the latent’s modality, and is not a size', () => {
    const sizes = modality('a', [falling, almost]);
    const columns = sizes.columns.map((scale, c) => (c === 0 ? { ...scale, kind: 'size' as const } : scale));
    const dataset = { modalities: [{ ...sizes, columns }, modality('b', [falling])] };
    const shapes = { modalities: [shape('a', 1, 2), shape('b', 1, 1)] };
    const latents = Float32Array.from({ length: 12 }, (_, at) => rising[Math.floor(at / 2)]);
    const result = orientationOf(dataset, shapes, rows, latents);
    expect(result.orientation.map(({ latent, column }) => [latent, column])).toEqual([
      ['a.z1', 'x2'],
      ['b.z1', 'x1'],
    ]);
    expect(result.turned).toEqual([false, true]);
  });

  test('is chosen from subjects who have both the column and the modality', () => {
    // Without its first two subjects the column falls; the last subject has no latent of the modality.
    const column = Float32Array.of(0, 0, 5, 4, 3, 0);
    const observed = Uint8Array.of(0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0);
    const dataset = { modalities: [modality('a', [column, new Float32Array(6)], { observed })] };
    const result = orientationOf(
      dataset,
      { modalities: [shape('a', 1, 2)] },
      rows,
      Float32Array.of(0, 1, 2, 3, 4, -99),
    );
    expect(result.turned).toEqual([true]);
    expect(result.orientation[0].column).toBe('x1');
  });

  test('does not exist for a latent that does not vary: it keeps its sign', () => {
    const dataset = { modalities: [modality('a', [rising])] };
    const result = orientationOf(dataset, { modalities: [shape('a', 1, 1)] }, rows, new Float32Array(6).fill(0.5));
    expect(result).toEqual({ orientation: [], turned: [false] });
  });

  test('is found among thousands of columns, some with missing values', () => {
    const random = new RandomStream(3, 1);
    const many = Int32Array.from({ length: 150 }, (_, row) => row);
    const latent = Float32Array.from(many, () => random.normal());
    const weak = (sign: number) => latent.map((z) => sign * z + 1.5 * random.normal());
    const columns = Array.from({ length: 1500 }, (_, c) => weak(c % 2 === 0 ? 1 : -1));
    // A monotone relation with a heavy tail: strong in ranks, weaker in values.
    columns[777] = latent.map((z) => -Math.exp(1.2 * z));
    const wide = modality('a', columns);
    const observed = new Uint8Array(wide.values.length).map((_, at) => Number(at % 11 !== 0));
    const values = wide.values.map((value, at) => (observed[at] === 1 ? value : 0));
    const dataset = { modalities: [{ ...wide, values, observed }] };
    const result = orientationOf(dataset, { modalities: [shape('a', 1, 1500)] }, many, latent);
    expect(result.orientation[0]).toEqual({
      latent: 'a.z1',
      modality: 'a',
      column: 'x778',
      correlation: expect.closeTo(1, 2),
    });
    expect(result.turned).toEqual([true]);
  });

  test('of a shared latent can belong to any modality that observes it, and is the same for all copies', () => {
    const dataset = { modalities: [modality('a', [shuffled]), modality('b', [falling]), modality('c', [rising])] };
    const shapes = { modalities: ['a', 'b', 'c'].map((name) => shape(name, 1, 1)) };
    const latents = Float32Array.from({ length: 18 }, (_, at) => rising[Math.floor(at / 3)]);
    const result = orientationOf(dataset, { ...shapes, shared: { latents: 1, modalities: [0, 1] } }, rows, latents);
    expect(result.turned).toEqual([true, true, false]);
    expect(result.orientation.map(({ latent, modality: of }) => [latent, of])).toEqual([
      ['a.z1', 'b'],
      ['b.z1', 'b'],
      ['c.z1', 'c'],
    ]);
  });

  test('is the mean of a channel for an image', () => {
    const regularArray = { kind: 'image', height: 1, width: 2 } as const;
    // Two channels of two pixels: only the second channel's mean rises.
    const values = Float32Array.from([0, 1, 2, 3, 4, 5].flatMap((i) => [i, -i, i, i + 1]));
    const two = modality('p', [rising, rising], { values, regularArray });
    const shapes = {
      modalities: [{ ...shape('p', 1), observation: { ...tableObservation(4), kind: 'image' as const } }],
    };
    const result = orientationOf({ modalities: [two] }, shapes, rows, falling);
    expect(result.orientation.map(({ column }) => column)).toEqual(['x2']);
    expect(result.turned).toEqual([true]);
  });

  test('is searched for only among training subjects, and among fewer if tables are wide', () => {
    const split = { train: Int32Array.from({ length: 5000 }, (_, i) => 2 * i), validation: rows, test: rows };
    const narrow = orientationRows({ split, modalities: [modality('a', [rising])] });
    const wide = modality('a', new Array<Float32Array>(20_000).fill(Float32Array.of(1)));
    expect(narrow.length).toBe(4096);
    expect(narrow.every((row) => row % 2 === 0)).toBe(true);
    expect(orientationRows({ split, modalities: [wide] }).length).toBe(1000);
  });
});

describe('the signed effect of an edge', () => {
  // Each layer has one unit, whose tanh is in its linear range: location = slope · parent.
  const config: ModelConfig = {
    modalities: ['a', 'b'].map((name) => ({ name, observation: tableObservation(3), latents: 1, exogenous: 1 })),
    ...{ hidden: 4, flow: 'affine', components: 1, flowHidden: 1, within: false, graph: 'ordered', gates: true },
    componentMap: 0,
  };
  const small = 1e-3;

  function linear(slope: number) {
    const model = new MultimodalModel(config, 1);
    const initial = model.parameters.initialValues([1]);
    const set = new Map<string, readonly number[]>([
      ['gates.logits', [0, 0, 1, 0]],
      ['flow.0.weight', [0, 0, small, 0]],
      ['flow.0.bias', [0, 0]],
      ['flow.1.weight', [1, 1]],
      ['flow.1.bias', [10, 10]],
      ['flow.2.weight', [0, 0, slope / small, 0]],
      ['flow.2.bias', [0, 0, (-10 * slope) / small, 0]],
    ]);
    const parameters = new Map(
      model.parameters.all.map(({ name, shape }) => {
        const values = set.has(name) ? Float32Array.from(set.get(name)!) : initial.get(name)!;
        return [name, { shape, values }] as const;
      }),
    );
    const random = new RandomStream(4, 1);
    const latents = Float32Array.from(
      Array.from({ length: 400 }, () => {
        const cause = 2 * random.normal();
        return [cause, slope * cause + random.normal()];
      }).flat(),
    );
    return { parameters, latents };
  }
  const nodes = ['a', 'b'].map((name) => ({ name: `${name}.z1`, modality: name, index: 0 }));
  const edges = [{ from: 'a.z1', to: 'b.z1', strength: 1, agreement: 1 }];
  const graph = { nodes, edges, strengths: Float64Array.of(0, 0, 1, 0), runs: 1 };

  test.each([0.5, -0.8])('is the path coefficient of a linear model: slope %p', (slope) => {
    const { parameters, latents } = linear(slope);
    const [{ effect }] = withEffects(graph, config, parameters, latents).edges;
    const sds = [0, 1].map((at) => {
      const latentValues = Array.from({ length: 400 }, (_, row) => latents[2 * row + at]);
      const mean = latentValues.reduce((a, b) => a + b) / 400;
      return Math.sqrt(latentValues.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 400);
    });
    expect(effect).toBeCloseTo((slope * sds[0]) / sds[1], 3);
  });

  test('changes its sign with either latent', () => {
    const { parameters, latents } = linear(-0.8);
    const [before] = withEffects(graph, config, parameters, latents).edges;
    for (const turned of [
      [true, false],
      [false, true],
    ]) {
      const flipped = flipLatents(config, parameters, turned);
      const mirrored = latents.map((z, at) => (turned[at % 2] ? -z : z));
      const [after] = withEffects(graph, config, flipped, mirrored).edges;
      expect(after.effect).toBeCloseTo(-before.effect!, 8);
    }
  });

  test('is left out if the cause does not vary', () => {
    const { parameters, latents } = linear(0.5);
    const constant = latents.map((z, at) => (at % 2 === 0 ? 1 : z));
    expect(withEffects(graph, config, parameters, constant).edges).toEqual(edges);
  });
});

describe('a fit in which the strongest columns and a link are known to fall', () => {
  const ROWS = 600;
  const random = new RandomStream(8, 1);
  let model: MultimodalCausalModel;
  let dataset: Dataset;

  beforeAll(async () => {
    const cause = Float32Array.from({ length: ROWS }, () => Math.exp(0.5 * random.normal()) - 1);
    const effect = cause.map((z) => -0.9 * z + 0.4 * random.normal());
    // Loadings of both signs; the last column is the strongest.
    const columns = (z: Float32Array) =>
      [0.6, -0.5, 0.7, 0.9].map((loading, c) =>
        z.map((value) => loading * value + (c === 3 ? 0.1 : 0.6) * random.normal()),
      );
    const modalities = [modality('a', columns(cause)), modality('b', columns(effect))].map((table) => {
      const width = table.columns.length;
      for (let c = 0; c < width; c++) {
        const values = Array.from({ length: ROWS }, (_, row) => table.values[row * width + c]);
        const mean = values.reduce((s, v) => s + v, 0) / ROWS;
        const sd = Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / ROWS);
        for (let row = 0; row < ROWS; row++) table.values[row * width + c] = (values[row] - mean) / sd;
      }
      return table;
    });
    const between = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
    const split = { train: between(0, 400), validation: between(400, 500), test: between(500, 600) };
    const ids = Array.from({ length: ROWS }, (_, i) => `s${i}`);
    dataset = { ids, modalities, split, fingerprint: fingerprintOf({ ids, modalities, split }) };
    model = await MultimodalCausalModel.fit(dataset, {
      ...{ subspaces: 'linear', componentRestarts: 8, componentSteps: 200, seed: 1, threads: 1 },
    });
    await model.save(join(folder, 'run'));
  });

  test('every latent rises with the column of its modality with which it correlates most', async () => {
    const latents = await model.encode(dataset);
    const { train } = dataset.split;
    for (const { name, values, columns } of dataset.modalities) {
      const rho = spearman(
        { values: Float32Array.from(train, (row) => latents[name][row]), rows: train.length, columns: 1 },
        { values: values.slice(0, train.length * columns.length), rows: train.length, columns: columns.length },
      ).values;
      expect(Math.max(...rho)).toBe(Math.max(...rho.map(Math.abs)));
      const [entry] = model.summary.orientation.filter(({ modality: of }) => of === name);
      expect(entry).toEqual({
        ...{ latent: `${name}.z1`, modality: name, column: 'x4' },
        correlation: expect.closeTo(rho[3], 6),
      });
    }
  });

  test('the link has a negative effect, about its path coefficient, in the RUN and once loaded', async () => {
    const [{ from, to, effect }] = model.graph.edges;
    expect([from, to]).toEqual(['a.z1', 'b.z1']);
    expect(effect).toBeLessThan(-0.6);
    expect(effect).toBeGreaterThan(-1.1);
    const saved = graphFromJson(readFileSync(join(folder, 'run', 'graph.json'), 'utf8'));
    expect(saved.edges).toEqual(model.graph.edges);
    expect(saved.nodes.map(({ risesWith }) => risesWith?.column)).toEqual(['x4', 'x4']);
    const again = await MultimodalCausalModel.load(join(folder, 'run'));
    expect(again.summary.orientation).toEqual(model.summary.orientation);
    expect(await again.encode(dataset)).toEqual(await model.encode(dataset));
    await again.dispose();
  });

  test('cross-fitted latents have the same signs, and the evidence has the sign of the link', () => {
    expect(model.summary.evidence!.links[0].association.estimate).toBeLessThan(-0.5);
  });

  test('questions and traversals use the latents with these signs', async () => {
    const { consequences } = await model.intervene({ 'a.z1': { sd: 1 } }, { undetermined: true, assumeOrder: true });
    const change = (name: string) => consequences.find((one) => one.name === name)!.effect.mean;
    expect(change('b.z1')).toBeLessThan(0);
    // The strongest column rises with its latent, and this latent falls.
    expect(change('b.x4')).toBeLessThan(0);
  });

  test('weights with the opposite signs would be flipped back', async () => {
    const { summary, parameters } = await readRun(join(folder, 'run'));
    const { model: config } = summary;
    const upsideDown = flipLatents(config, parameters, [true, true]);
    const rows = orientationRows(dataset);
    const all = await encodeDataset(dataset, config, upsideDown, {});
    const latents = Float32Array.from({ length: rows.length * 2 }, (_, at) => all[rows[at >> 1] * 2 + (at % 2)]);
    const { turned, orientation } = orientationOf(dataset, config, rows, latents);
    expect(turned).toEqual([true, true]);
    expect(orientation).toEqual(model.summary.orientation);
  });
});
