// Properties of simulations with cycles, shared latents or hidden order, of data sets in memory, and of mechanisms.

import { describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Matrix, solve } from 'ml-matrix';
import { RandomStream } from '../../src/random/random-stream.js';
import { CASES } from '../../src/simulation/cases.js';
import { simulate, type Simulation } from '../../src/simulation/simulate.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { causalComponents, drawGraph, type GraphOptions } from '../../src/simulation/graph.js';
import { contraction, drawLatents, fixedPoint } from '../../src/simulation/latents.js';
import { drawMechanism, MECHANISMS } from '../../src/simulation/mechanism.js';
import { readStudy } from '../../src/study/study.js';
import { dot } from '../fixtures/numbers.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
const small = { samples: 1000, test: 200 };
const bare: GraphOptions = { extraEdges: 0, crossEdges: undefined, withinEdges: false, cycles: 'none' };

const gaussian = { mechanism: 'monotone', noise: 'gaussian', heteroscedastic: true } as const;

function every(values: Float64Array, width: number, at: number): Float64Array {
  return Float64Array.from({ length: values.length / width }, (_, row) => values[row * width + at]);
}

function column({ z, modalities, latents }: Simulation, latent: number): Float64Array {
  return every(z, modalities.length * latents, latent);
}

function streamsOf(seed: number) {
  return {
    mechanism: (latent: number) => new RandomStream(seed, 100 + latent),
    noise: (latent: number) => new RandomStream(seed, 200 + latent),
  };
}

function moments(values: Float64Array) {
  const mean = values.reduce((a, b) => a + b) / values.length;
  const power = (k: number) => values.reduce((sum, value) => sum + (value - mean) ** k, 0) / values.length;
  return { mean, variance: power(2), kurtosis: power(4) / power(2) ** 2 };
}

describe('components of a graph', () => {
  test('group latents that cause each other, causes before effects', () => {
    // 3 → 0 ⇄ 2 → 1: the order of the numbers is not causal.
    const adjacency = new Int8Array(16);
    for (const [child, parent] of [
      [0, 3],
      [2, 0],
      [0, 2],
      [1, 2],
    ]) {
      adjacency[child * 4 + parent] = 1;
    }
    expect(causalComponents(adjacency, 4)).toEqual([[3], [0, 2], [1]]);
  });

  test('are single latents, parents first, in a graph without cycles', () => {
    for (let seed = 0; seed < 20; seed++) {
      const adjacency = drawGraph(new RandomStream(seed, 0), CASES.case3, {
        ...bare,
        extraEdges: 0.3,
        withinEdges: true,
      });
      const order = causalComponents(adjacency, 8);
      expect(order.every((component) => component.length === 1)).toBe(true);
      const place = new Map(order.map(([latent], at) => [latent, at]));
      for (const [at, edge] of adjacency.entries()) {
        if (edge) expect(place.get(at % 8)).toBeLessThan(place.get(Math.floor(at / 8))!);
      }
    }
  });
});

describe('cycles', () => {
  test('are a ring in every modality (within), or one link of each pair in both directions (across)', () => {
    for (let seed = 0; seed < 20; seed++) {
      const within = drawGraph(new RandomStream(seed, 0), CASES.case2, { ...bare, cycles: 'within' });
      expect(causalComponents(within, 6)).toEqual([
        [0, 1, 2],
        [3, 4, 5],
      ]);
      const plain = drawGraph(new RandomStream(seed, 0), CASES.case3, bare);
      const across = drawGraph(new RandomStream(seed, 0), CASES.case3, { ...bare, cycles: 'across' });
      const added = [...across.keys()].filter((at) => across[at] !== plain[at]);
      expect(added).toHaveLength(3);
      for (const at of added) expect(plain[(at % 8) * 8 + Math.floor(at / 8)]).toBe(1);
    }
  });

  test('with linear mechanisms have the solution of the linear equations', () => {
    const random = new RandomStream(5, 0);
    const bases = [0, 1, 2].map(() => Float64Array.from({ length: 50 }, () => random.normal()));
    const weights = [
      [0, 0.5, -0.3],
      [-0.8, 0, 0],
      [0.4, 0.4, 0],
    ];
    const solved = fixedPoint(
      bases,
      weights.map((row) => (z) => row.reduce((sum, weight, j) => sum + weight * z[j], 0)),
    );
    const exact = solve(Matrix.sub(Matrix.eye(3), new Matrix(weights)), new Matrix(bases.map((base) => [...base])));
    for (const i of [0, 1, 2]) {
      for (let row = 0; row < 50; row++) expect(solved[i][row]).toBeCloseTo(exact.get(i, row), 10);
    }
  });

  test.each(MECHANISMS)('with %s mechanisms satisfy every equation up to rounding', (mechanism) => {
    // 0 ⇄ 1 without other parents: z₀ = ε₀ + g₀(z₁), z₁ = ε₁ + g₁(z₀). Both are recomputed here from the random
    // streams.
    const streams = streamsOf(3);
    const subjects = 300;
    const request = { size: 2, subjects, mechanism, noise: 'gaussian', heteroscedastic: true } as const;
    const z = drawLatents(streams, Int8Array.of(0, 1, 1, 0), request);
    const feedback = [0, 1].map((i) => contraction(drawMechanism(streams.mechanism(i), mechanism, 1), [1 - i]));
    const noise = [0, 1].map((i) => {
      const random = streams.noise(i);
      return Float64Array.from({ length: subjects }, () => random.normal());
    });
    const raw = fixedPoint(noise, feedback);
    for (const i of [0, 1]) {
      const { mean, variance } = moments(raw[i]);
      for (let row = 0; row < subjects; row++) {
        const residual = raw[i][row] - noise[i][row] - feedback[i]([raw[0][row], raw[1][row]]);
        expect(Math.abs(residual)).toBeLessThan(1e-11);
        expect(z[row * 2 + i]).toBeCloseTo((raw[i][row] - mean) / Math.sqrt(variance), 9);
      }
    }
  });

  test('contract: no mechanism exceeds its stated Lipschitz constant', () => {
    const random = new RandomStream(9, 0);
    for (const kind of MECHANISMS) {
      for (let draw = 0; draw < 10; draw++) {
        const net = drawMechanism(random, kind, 2);
        const feedback = contraction(net, [0, 1]);
        for (let trial = 0; trial < 200; trial++) {
          const a = [random.normal(), random.normal()];
          const b = a.map((coordinate) => coordinate + random.between(-0.1, 0.1));
          const distance = Math.max(...a.map((coordinate, q) => Math.abs(coordinate - b[q])));
          expect(Math.abs(net.value(a) - net.value(b))).toBeLessThanOrEqual(net.steepness * distance * (1 + 1e-9));
          expect(Math.abs(feedback(a) - feedback(b))).toBeLessThanOrEqual(0.8 * distance * (1 + 1e-9));
        }
      }
    }
  });

  test.each(['within', 'across'] as const)(
    'have latents of mean 0 and variance 1 that are correlated along a cycle: %s',
    (cycles) => {
      const adjacency = drawGraph(new RandomStream(2, 0), CASES.case3, { ...bare, cycles });
      const z = drawLatents(streamsOf(2), adjacency, { ...gaussian, size: 8, subjects: 4000 });
      const cycle = causalComponents(adjacency, 8).find((component) => component.length > 1)!;
      const [x, y] = cycle.slice(0, 2).map((latent) => every(z, 8, latent));
      for (const latent of [x, y]) {
        expect(moments(latent).mean).toBeCloseTo(0, 9);
        expect(moments(latent).variance).toBeCloseTo(1, 9);
      }
      expect(dot(x, y) / x.length).toBeGreaterThan(0.2);
    },
  );
});

describe('shared latents', () => {
  const edgesOf = ({ adjacency, modalities, latents }: Simulation) => {
    const width = modalities.length * latents;
    return [...adjacency.keys()]
      .filter((at) => adjacency[at] === 1)
      .map((at) => ({ child: Math.floor(at / width), parent: at % width }));
  };

  test.each([
    ['shared2', 1, undefined],
    ['shared3', 2, 1],
    ['shared2-first', 2, 0],
  ] as const)('%s: are the last %i latents of every modality, and cause modality %s', (name, count, effect) => {
    const simulation = simulate(name, { samples: 20, test: 2, seed: 1 });
    const { latents, shared, modalities } = simulation;
    expect([latents, shared, modalities.length]).toEqual([2 + count, count, CASES[name].modalities]);
    for (let m = 1; m < modalities.length; m++) {
      for (let i = 2; i < latents; i++) expect(column(simulation, m * latents + i)).toEqual(column(simulation, i));
    }
    const modalityOf = (latent: number) => Math.floor(latent / latents);
    const isUnshared = (latent: number) => latent % latents < 2;
    // The block acts one to one through its copy in the modality of the effect.
    const within = edgesOf(simulation).filter(({ child, parent }) => modalityOf(child) === modalityOf(parent));
    expect(within.map(({ child }) => child)).toEqual(
      effect === undefined ? [] : [effect * latents, effect * latents + 1],
    );
    for (const { parent } of within) expect(isUnshared(parent)).toBe(false);
    expect(new Set(within.map(({ parent }) => parent)).size).toBe(within.length);
    // The other edges link unshared latents with an earlier modality, in a chain for shared3.
    const cross = edgesOf(simulation).filter(({ child, parent }) => modalityOf(child) !== modalityOf(parent));
    expect(cross).toHaveLength(2 * (modalities.length - 1));
    for (const { child, parent } of cross) {
      expect([isUnshared(child), isUnshared(parent)]).toEqual([true, true]);
      expect(modalityOf(parent)).toBe(modalityOf(child) - 1);
    }
  });
});

describe('a hidden order', () => {
  test('permutes modalities with their latents, edges and observations, and changes nothing else', () => {
    const plain = simulate('case3', { samples: 20, test: 2, seed: 7 });
    const shuffled = simulate('case3', { samples: 20, test: 2, seed: 7, shuffled: true });
    expect([...shuffled.order].sort()).toEqual([0, 1, 2, 3]);
    expect(shuffled.order).not.toEqual([0, 1, 2, 3]);
    for (const [m, place] of shuffled.order.entries()) {
      expect(shuffled.modalities[m].name).toBe(`m${m + 1}`);
      expect(isDeepStrictEqual(shuffled.modalities[m].x, plain.modalities[place].x)).toBe(true);
      for (const i of [0, 1]) expect(column(shuffled, 2 * m + i)).toEqual(column(plain, 2 * place + i));
      for (const [n, other] of shuffled.order.entries()) {
        for (const [i, j] of [
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1],
        ]) {
          expect(shuffled.adjacency[(2 * m + i) * 8 + 2 * n + j]).toBe(
            plain.adjacency[(2 * place + i) * 8 + 2 * other + j],
          );
        }
      }
    }
  });
});

describe('noise', () => {
  test('has the kurtosis of its kind, Laplace or Gaussian, after a linear parent is removed', () => {
    const left = (noise: 'laplace' | 'gaussian') => {
      const request = { mechanism: 'linear', noise, heteroscedastic: false, size: 2, subjects: 20_000 } as const;
      const z = drawLatents(streamsOf(3), Int8Array.of(0, 0, 1, 0), request);
      const [x, y] = [0, 1].map((latent) => every(z, 2, latent));
      const slope = dot(x, y) / dot(x, x);
      return moments(y.map((value, row) => value - slope * x[row]));
    };
    // Kurtosis 6 and 3. Five standard errors of the sample kurtosis are about 1 and 0.2.
    const laplace = left('laplace');
    expect(laplace.variance).toBeCloseTo(0.2, 2);
    expect(Math.abs(laplace.kurtosis - 6)).toBeLessThan(1);
    const normal = left('gaussian');
    expect(normal.variance).toBeCloseTo(0.2, 2);
    expect(Math.abs(normal.kurtosis - 3)).toBeLessThan(0.2);
  });
});

test.each([
  ['case1', {}],
  ['shared2', { shuffled: true, cycles: 'across' }],
] as const)('the data set in memory of %s %o equals the one read from its files', async (name, options) => {
  const simulation = simulate(name, { ...small, ...options, seed: 5 });
  const place = join(folder, name);
  await writeSimulation(simulation, place);
  const { dataset } = await readStudy(join(place, 'study.yaml'));
  expect(simulatedDataset(simulation).fingerprint).toBe(dataset.fingerprint);
});
