// Graphs beyond the order of the study: a random order for every run if the order is not known, and the neighbouring
// graphs that pruning tries.

import { describe, expect, test } from '@jest/globals';
import { latentLayout } from '../../src/networks/layout.js';
import { ALLOWED_EDGES, randomOrder } from '../../src/networks/random-order.js';
import { LATENT_GATES } from '../../src/networks/latent-prior.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { fitConfig } from '../../src/training/config.js';
import { tableObservation } from '../../src/data/observation.js';
import { neighbours, setsToTrain } from '../../src/training/graph-moves.js';

const modality = (name: string) => ({ name, observation: tableObservation(5), latents: 2, exogenous: 1 });
const layout = latentLayout([modality('a'), modality('b')]);
const D = 4;

/** Returns the edges of a matrix as `child←parent`. */
const edges = (values: ArrayLike<number>, first = 0): string[] =>
  Array.from({ length: D * D }, (_, at) => at)
    .filter((at) => values[first + at] > 0)
    .map((at) => `${Math.floor(at / D)}←${at % D}`);

describe('a random order', () => {
  const draw = (seed: number, within = true) =>
    randomOrder(layout, within)([D, D], (count) => {
      const random = new RandomStream(seed, 0);
      return Float64Array.from({ length: count }, () => random.uniform());
    });
  const orders = Array.from({ length: 200 }, (_, seed) => draw(seed));

  test('allows every pair of latents in exactly one direction, without cycles', () => {
    for (const allowed of orders) {
      expect(edges(allowed).length).toBe((D * (D - 1)) / 2);
      // A complete acyclic graph has every number of parents from 0 to D − 1 once.
      const parents = Array.from({ length: D }, (_, i) => edges(allowed).filter((e) => e.startsWith(`${i}←`)).length);
      expect(parents.sort()).toEqual([0, 1, 2, 3]);
    }
  });

  test('keeps the order inside a modality, which has no meaning, and leaves out such edges on request', () => {
    for (const allowed of orders) expect(edges(allowed)).toEqual(expect.arrayContaining(['1←0', '3←2']));
    expect(edges(draw(1, false)).filter((edge) => ['1←0', '3←2'].includes(edge))).toEqual([]);
  });

  test('puts either modality first, and lets both cause each other in some runs', () => {
    const across = orders.map((allowed) => edges(allowed).filter((edge) => !['1←0', '3←2'].includes(edge)));
    const forward = across.filter((edges) => edges.every((edge) => Number(edge[0]) >= 2)).length;
    const backward = across.filter((edges) => edges.every((edge) => Number(edge[0]) < 2)).length;
    expect(Math.min(forward, backward, orders.length - forward - backward)).toBeGreaterThan(20);
  });
});

describe('neighbours of a graph', () => {
  const gates = (open: readonly [number, number][]) =>
    Float32Array.from({ length: D * D }, (_, at) =>
      open.some(([child, parent]) => at === child * D + parent) ? 2 : -2,
    );
  const graphs = (parameters: ReturnType<typeof neighbours>): string[][] => {
    const { values, shape } = parameters.get(LATENT_GATES)!;
    return Array.from({ length: shape[0] }, (_, run) => edges(values, run * D * D));
  };

  test('in a known order are the graph itself and every graph with one edge fewer; everything else is copied', () => {
    const weight = { shape: [1, 3], values: Float32Array.of(1, 2, 3) };
    const parameters = new Map([
      [
        LATENT_GATES,
        {
          shape: [1, D, D],
          values: gates([
            [2, 0],
            [3, 1],
          ]),
        },
      ],
      ['flow.0.weight', weight],
    ]);
    const results = neighbours(parameters, layout, fitConfig({}).sparsity);
    expect(graphs(results)).toEqual([['2←0', '3←1'], ['3←1'], ['2←0']]);
    expect([...results.get('flow.0.weight')!.values]).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3]);
  });

  test('in an unknown order include every acyclic graph with one reversed edge, and its order allows its edges', () => {
    const open: [number, number][] = [
      [2, 0],
      [1, 0],
      [2, 1],
    ];
    const allowed = Float32Array.from({ length: D * D }, (_, at) => (at % D < Math.floor(at / D) ? 1 : 0));
    const parameters = new Map([
      [LATENT_GATES, { shape: [1, D, D], values: gates(open) }],
      [ALLOWED_EDGES, { shape: [1, D, D], values: allowed }],
    ]);
    const results = neighbours(parameters, layout, fitConfig({ sparsity: { graph: 'acyclic' } }).sparsity);
    // 2←0 cannot be reversed: 0←2 would close the cycle 0 → 1 → 2 → 0.
    expect(graphs(results).slice(4)).toEqual([
      ['0←1', '2←0', '2←1'],
      ['1←0', '1←2', '2←0'],
    ]);
    const orders = results.get(ALLOWED_EDGES)!.values;
    expect(edges(orders)).toEqual(edges(allowed));
    expect(edges(orders, 4 * D * D)).toEqual(['0←1', '2←0', '2←1']);
  });

  test('an edge that the order does not allow is absent even with an open gate', () => {
    const parameters = new Map([
      [
        LATENT_GATES,
        {
          shape: [1, D, D],
          values: gates([
            [0, 2],
            [2, 0],
          ]),
        },
      ],
    ]);
    expect(neighbours(parameters, layout, fitConfig({}).sparsity).get(LATENT_GATES)!.shape[0]).toBe(2);
  });
});

test('only the restarts whose neighbours fit into one program are pruned, and always the first', () => {
  const set = (runs: number) => new Map([[LATENT_GATES, { shape: [runs, D, D], values: new Float32Array(runs * 16) }]]);
  const pruned = (...runs: number[]) => setsToTrain(runs.map(set)).length;
  expect([pruned(30, 40, 30, 28), pruned(30, 40, 30, 29), pruned(100, 40), pruned(500, 1)]).toEqual([4, 3, 1, 1]);
});
