// Simulated cases: the statistics of METHOD section 9, and their files.

import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Matrix, pseudoInverse, SVD } from 'ml-matrix';
import { RandomStream } from '../../src/random/random-stream.js';
import { CASES } from '../../src/simulation/cases.js';
import type { SimulationOptions } from '../../src/simulation/options.js';
import { simulate, type Simulation } from '../../src/simulation/simulate.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { drawGraph, possibleCrossEdges, type GraphOptions } from '../../src/simulation/graph.js';
import { conditionOf, drawMixing, MIXING_SLOPE } from '../../src/simulation/mechanism.js';
import { readStudy } from '../../src/study/study.js';
import { readTruth } from '../../src/simulation/truth.js';
import { readNpz } from '../../src/files/npz.js';
import { philox } from '../../src/random/philox.js';
import { scratch } from '../fixtures/scratch.js';

const { folder, snapshot } = scratch();
const small = { samples: 1000, test: 200 };
const tiny = { samples: 20, test: 2 };

function column(values: ArrayLike<number>, width: number, at: number): number[] {
  return Array.from({ length: values.length / width }, (_, row) => values[row * width + at]);
}

function moments(values: readonly number[]): { mean: number; variance: number; kurtosis: number } {
  const mean = values.reduce((a, b) => a + b) / values.length;
  const power = (k: number) => values.reduce((sum, value) => sum + (value - mean) ** k, 0) / values.length;
  return { mean, variance: power(2), kurtosis: power(4) / power(2) ** 2 };
}

function parentsOf({ adjacency, modalities, latents }: Simulation, child: number): number[] {
  const size = modalities.length * latents;
  return Array.from({ length: size }, (_, j) => j).filter((j) => adjacency[child * size + j] === 1);
}

describe('random streams', () => {
  test('are Philox 4×32-10 with 52-bit uniforms', () => {
    const [a, b, c, d] = philox({ low: 7, high: 1 }, [0, 0, 0, 3]);
    const random = new RandomStream(2 ** 32 + 7, 3);
    expect(random.uniform()).toBe(((a >>> 6) * 2 ** 26 + (b >>> 6) + 0.5) / 2 ** 52);
    expect(random.uniform()).toBe(((c >>> 6) * 2 ** 26 + (d >>> 6) + 0.5) / 2 ** 52);
  });

  test.each([
    ['normal', 3],
    ['laplace', 6],
  ] as const)('%s has mean 0, variance 1 and its kurtosis', (kind, kurtosis) => {
    const random = new RandomStream(11, 0);
    const actual = moments(Array.from({ length: 40_000 }, () => random[kind]()));
    expect(actual.mean).toBeCloseTo(0, 1);
    expect(actual.variance).toBeCloseTo(1, 1);
    expect(Math.abs(actual.kurtosis - kurtosis)).toBeLessThan(0.3);
  });

  test('a permutation has each position once, and all orders are equally likely', () => {
    const random = new RandomStream(3, 0);
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 6000; draw++) {
      const order = random.permutation(3).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['012', '021', '102', '120', '201', '210']);
    // Binomial(6000, 1/6): five standard deviations are 144.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(144);
  });
});

describe('graphs', () => {
  const bare: GraphOptions = { extraEdges: 0, crossEdges: undefined, withinEdges: false, cycles: 'none' };
  const count = (adjacency: Int8Array) => adjacency.reduce((sum, edge) => sum + edge, 0);

  test.each(['case1', 'case2', 'case3', 'five', 'six', 'eight'])(
    '%s: every latent is linked one to one, and causes are in earlier modalities',
    (name) => {
      const { modalities, latents } = CASES[name as keyof typeof CASES];
      const size = modalities * latents;
      for (let seed = 0; seed < 50; seed++) {
        const adjacency = drawGraph(new RandomStream(seed, 0), { modalities, latents }, bare);
        expect(count(adjacency)).toBe((modalities - 1) * latents);
        const linked = new Set<number>();
        for (const [at, edge] of adjacency.entries()) {
          const [child, parent] = [Math.floor(at / size), at % size];
          if (edge === 0) continue;
          expect(Math.floor(parent / latents)).toBeLessThan(Math.floor(child / latents));
          linked.add(child).add(parent);
        }
        // The first modality is linked by the second, which has no other choice.
        expect(linked.size).toBe(size);
      }
    },
  );

  test('further edges follow a number, a probability, and the option for edges within modalities', () => {
    const two = { modalities: 2, latents: 3 };
    const edges = (seed: number, options: Partial<GraphOptions>) =>
      count(drawGraph(new RandomStream(seed, 0), two, { ...bare, ...options }));
    expect([3, 5, 9].map((crossEdges) => edges(1, { crossEdges }))).toEqual([3, 5, 9]);
    expect(edges(1, { extraEdges: 1 })).toBe(possibleCrossEdges(two));
    const within = Array.from({ length: 400 }, (_, seed) => edges(seed, { withinEdges: true }) - 3);
    // Six possible edges, each with probability 0.5: the mean of 400 graphs is 3 ± 5 · 0.061.
    expect(Math.abs(within.reduce((a, b) => a + b) / 400 - 3)).toBeLessThan(0.31);
  });

  test('the options of a simulation determine its graph', () => {
    expect(count(simulate('case2', { ...tiny, crossEdges: 7 }).adjacency)).toBe(7);
    expect(count(simulate('case2', { ...tiny, extraEdges: 1 }).adjacency)).toBe(9);
    expect(count(simulate('case2', { ...tiny, withinEdges: true, seed: 1 }).adjacency)).toBeGreaterThan(3);
  });
});

describe('latents', () => {
  test.each([
    ['monotone', 'gaussian', true],
    ['mlp', 'laplace', false],
    ['linear', 'uniform', true],
  ] as const)(
    'have mean 0 and variance 1 with %s mechanisms, %s noise, heteroscedastic: %s',
    (mechanism, noise, hetero) => {
      const simulation = simulate('case1', { mechanism, noise, heteroscedastic: hetero, samples: 8000 });
      const size = 4;
      for (let i = 0; i < size; i++) {
        const { mean, variance } = moments(column(simulation.z, size, i));
        const isRoot = parentsOf(simulation, i).length === 0;
        expect(mean).toBeCloseTo(0, isRoot ? 1 : 9);
        expect(Math.abs(variance - 1)).toBeLessThan(isRoot ? 0.12 : 1e-9);
      }
    },
  );

  test.each([false, true])('have a fifth of their variance from noise (heteroscedastic: %s)', (heteroscedastic) => {
    for (let seed = 0; seed < 2; seed++) {
      const simulation = simulate('case1', { mechanism: 'linear', heteroscedastic, seed });
      for (const child of [2, 3]) {
        const [parent] = parentsOf(simulation, child);
        const [x, y] = [parent, child].map((i) => column(simulation.z, 4, i));
        const covariance = x.reduce((sum, value, row) => sum + value * y[row], 0) / x.length;
        const explained = covariance ** 2 / moments(x).variance;
        expect(explained).toBeCloseTo(0.8, 1);
      }
    }
  });

  test('have heteroscedastic noise that depends on the parent only in its scale', () => {
    const spread = (heteroscedastic: boolean) => {
      const simulation = simulate('case1', { mechanism: 'linear', heteroscedastic, seed: 2 });
      const [parent] = parentsOf(simulation, 2);
      const x = column(simulation.z, 4, parent);
      const y = column(simulation.z, 4, 2);
      const slope =
        x.reduce((sum, value, row) => sum + value * y[row], 0) / x.reduce((sum, value) => sum + value ** 2, 0);
      const sizes = [-1.5, 0, 1.5].map((centre) => {
        const near = x.flatMap((value, row) => (Math.abs(value - centre) < 0.3 ? [y[row] - slope * value] : []));
        return Math.sqrt(moments(near).variance);
      });
      return Math.max(...sizes) / Math.min(...sizes);
    };
    expect(spread(false)).toBeLessThan(1.1);
    expect(spread(true)).toBeGreaterThan(1.3);
  });

  test('are independent of η, which is standard normal', () => {
    const { z, eta } = simulate('case1');
    const first = column(eta, 2, 0);
    const actual = moments(first);
    expect(actual.mean).toBeCloseTo(0, 1);
    expect(actual.variance).toBeCloseTo(1, 1);
    for (let i = 0; i < 4; i++) {
      const covariance = column(z, 4, i).reduce((sum, value, row) => sum + value * first[row], 0) / first.length;
      expect(Math.abs(covariance)).toBeLessThan(0.04);
    }
  });
});

describe('observations', () => {
  test('determine z and η: the mixing is invertible', () => {
    const simulation = simulate('case2', small);
    const { columns, x } = simulation.modalities[1];
    const rows = [...simulation.split.train, ...simulation.split.validation];
    // Invert layer by layer: a linear map with full column rank, then the inverse of leaky ReLU. Standardised x is an
    // affine image, so the last layer is known up to one offset and one scale per column, which are fitted from z.
    const layers = simulation.mixing[1];
    const forward = (input: number[]) => {
      let hidden = input;
      for (const [depth, { inputs, outputs, weights }] of layers.entries()) {
        const next = Array.from({ length: outputs }, (_, o) =>
          hidden.reduce((sum, value, i) => (i < inputs ? sum + value * weights[i * outputs + o] : sum), 0),
        );
        hidden = depth === 2 ? next : next.map((value) => (value > 0 ? value : MIXING_SLOPE * value));
      }
      return hidden;
    };
    const inputs = simulation.ids.map((_, row) => [
      ...simulation.z.subarray(row * 6 + 3, row * 6 + 6),
      simulation.eta[row * 2 + 1],
    ]);
    const outputs = inputs.map(forward);
    const means = Array.from({ length: columns }, (_, o) => moments(rows.map((row) => outputs[row][o])));
    const inverses = layers.map(({ inputs: from, outputs: to, weights }) =>
      pseudoInverse(Matrix.from1DArray(from, to, weights)),
    );
    let worst = 0;
    for (const row of rows.slice(0, 200)) {
      let hidden = Array.from(
        { length: columns },
        (_, o) => x[row * columns + o] * Math.sqrt(means[o].variance) + means[o].mean,
      );
      for (const depth of [2, 1, 0]) {
        hidden = Matrix.rowVector(hidden).mmul(inverses[depth]).getRow(0);
        if (depth > 0) hidden = hidden.map((value) => (value > 0 ? value : value / MIXING_SLOPE));
      }
      worst = Math.max(worst, ...hidden.map((value, i) => Math.abs(value - inputs[row][i])));
    }
    // x is rounded to six decimals. The inverse amplifies that by the condition of the layers.
    expect(worst).toBeLessThan(5e-3);
  });

  test('come from layers with unit columns that are the best of thirty draws', () => {
    const conditions = [0, 1, 2, 3, 4].map((seed) => {
      const layers = drawMixing(new RandomStream(seed, 1), 3, 15);
      for (const { inputs, outputs, weights } of layers) {
        for (let o = 0; o < outputs; o++) {
          const norm = Array.from({ length: inputs }, (_, i) => weights[i * outputs + o] ** 2).reduce((a, b) => a + b);
          expect(norm).toBeCloseTo(1, 12);
        }
      }
      const { singularValues } = decompose(layers[1]);
      expect(conditionOf(layers[1])).toBeCloseTo(singularValues[0] / singularValues[singularValues.length - 1], 6);
      return conditionOf(layers[1]);
    });
    // A single draw of 15 × 15 has a median condition of 45, the best of thirty one of 12 (and below 20 in 300 trials).
    expect(Math.max(...conditions)).toBeLessThan(25);
  });

  test('are standardised over training and validation and have six decimals', () => {
    const { modalities, split } = simulate('case1', small);
    const { x, columns } = modalities[0];
    const rows = [...split.train, ...split.validation];
    for (let at = 0; at < columns; at++) {
      const { mean, variance } = moments(rows.map((row) => x[row * columns + at]));
      expect(mean).toBeCloseTo(0, 6);
      expect(variance).toBeCloseTo(1, 5);
    }
    expect(x.every((value) => Number(value.toFixed(6)) === value)).toBe(true);
  });
});

function decompose({ inputs, outputs, weights }: { inputs: number; outputs: number; weights: Float64Array }) {
  const singularValues = new SVD(Matrix.from1DArray(inputs, outputs, weights)).diagonal;
  return { singularValues };
}

describe('seeds', () => {
  test('determine the simulation: the same seed gives the same one, another seed a different one', () => {
    const [a, b, c] = [4, 4, 5].map((seed) => simulate('case1', { ...small, seed }));
    expect(isDeepStrictEqual(b, a)).toBe(true);
    expect(isDeepStrictEqual(c.z, a.z)).toBe(false);
  });

  test('determine graph, mixing and noise independently of the number of subjects', () => {
    const few = simulate('case1', small);
    const many = simulate('case1', { samples: 2000, test: 400 });
    expect(many.adjacency).toEqual(few.adjacency);
    expect(many.mixing).toEqual(few.mixing);
    expect(isDeepStrictEqual(many.eta.slice(0, few.eta.length), few.eta)).toBe(true);
  });
});

describe('files', () => {
  test.each(['csv', 'parquet', 'npz'] as const)(
    '%s tables form a study with the splits of the simulation',
    async (format) => {
      const simulation = simulate('case1', { ...small, seed: 3 });
      const place = join(folder, format);
      const paths = await writeSimulation(simulation, place, { format });
      expect(paths.map((path) => path.slice(place.length + 1))).toEqual([
        `m1.${format}`,
        `m2.${format}`,
        'truth.npz',
        'truth-graph.json',
        'study.yaml',
      ]);
      const { dataset } = await readStudy(join(place, 'study.yaml'));
      expect(dataset.ids).toEqual(simulation.ids);
      expect(dataset.split).toEqual(simulation.split);
      expect([dataset.split.train.length, dataset.split.validation.length, dataset.split.test.length]).toEqual([
        900, 100, 200,
      ]);
      const { columns, values } = dataset.modalities[1];
      const { x } = simulation.modalities[1];
      expect(values[5 * 15 + 7] * columns[7].sd + columns[7].mean).toBeCloseTo(x[5 * 15 + 7], 5);
    },
  );

  test('truth.npz and truth-graph.json contain the truth, and the same seed gives the same bytes', async () => {
    const simulation = simulate('case2', small);
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    const names = (await writeSimulation(simulation, one)).map((path) => path.slice(one.length + 1));
    await writeSimulation(simulate('case2', small), two);
    for (const name of names) expect(readFileSync(join(two, name)).equals(readFileSync(join(one, name)))).toBe(true);

    const truth = await readTruth(join(one, 'truth.npz'));
    expect(truth).toMatchObject({ ids: simulation.ids, z: simulation.z, latents: 6 });
    expect(Array.from(truth.adjacency)).toEqual(Array.from(simulation.adjacency));
    expect((await readNpz(join(one, 'truth.npz'))).get('eta')).toEqual({ shape: [1200, 2], data: simulation.eta });
    const graph = JSON.parse(readFileSync(join(one, 'truth-graph.json'), 'utf8')) as {
      edges: { from: string; to: string }[];
    };
    const name = (latent: number) => `m${Math.floor(latent / 3) + 1}.z${(latent % 3) + 1}`;
    const wanted = [3, 4, 5].flatMap((child) =>
      parentsOf(simulation, child).map((parent) => `${name(parent)} ${name(child)}`),
    );
    expect(graph.edges.map(({ from, to }) => `${from} ${to}`).sort()).toEqual(wanted.sort());
  });
});

describe('refused', () => {
  test('a folder with a study, in which no file changes', async () => {
    const place = join(folder, 'kept');
    await writeSimulation(simulate('case1', tiny), place);
    const before = snapshot();
    await expect(writeSimulation(simulate('case1', { ...tiny, seed: 1 }), place)).rejects.toMatchObject({
      code: 'folder-exists',
      message: expect.stringMatching(/kept\/study\.yaml already exists .*choose another folder/),
    });
    expect(snapshot()).toEqual(before);
  });

  test.each<[string, SimulationOptions, string]>([
    ['case11', {}, 'unknown-case'],
    ['__proto__', {}, 'unknown-case'],
    ['case1', { samples: 10 }, 'invalid-option'],
    ['case1', { test: 0 }, 'invalid-option'],
    ['case1', { seed: -1 }, 'invalid-option'],
    ['case1', { extraEdges: 1.5 }, 'invalid-option'],
    ['case1', { crossEdges: 5 }, 'invalid-option'],
    ['case1', { mechanism: 'cubic' as 'mlp' }, 'invalid-option'],
    ['case1', { noise: 'cauchy' as 'laplace' }, 'invalid-option'],
  ])('%s with %o', (name, options, code) => {
    expect(() => simulate(name, options)).toThrow(expect.objectContaining({ code }));
  });
});
