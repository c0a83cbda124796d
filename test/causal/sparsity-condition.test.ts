// Condition 4.3 in graphs: small graphs are checked by hand, and graphs of the simulations by counting.

import { describe, expect, test } from '@jest/globals';
import { simulatedGraph, type SimulatedGraph } from '../../src/simulation/simulate.js';
import { sparsityCondition } from '../../src/causal/sparsity-condition.js';

/** @param edges parent before child @param shared number of shared latents, which come first */
function graph(blocks: readonly number[], edges: readonly (readonly [number, number])[], shared = 0): SimulatedGraph {
  const adjacency = new Int8Array(blocks.length ** 2);
  for (const [parent, child] of edges) adjacency[child * blocks.length + parent] = 1;
  const modalities = [...new Set(blocks)].filter((block) => !blocks.slice(0, shared).includes(block));
  const observers = blocks.map((block, i) => (i < shared ? modalities : [block]));
  return { adjacency, blocks, observers };
}

describe('two modalities of two latents', () => {
  const blocks = [0, 0, 1, 1];

  test.each([
    [
      'linked one to one: any mixing needs a second edge',
      [
        [0, 2],
        [1, 3],
      ],
      'holds',
    ],
    // z₂ and z₃ have the same parent, so h(z₂, z₃) next to z₃ needs no further edge.
    [
      'a common cause of one modality',
      [
        [0, 2],
        [0, 3],
        [1, 3],
      ],
      'priced',
    ],
    [
      'the same causes and effects: both may be mixed at once',
      [
        [0, 2],
        [0, 3],
        [1, 2],
        [1, 3],
      ],
      'fails',
    ],
    [
      'an edge within, to a latent without effects: h(z₃, z₂) stays its child',
      [
        [0, 2],
        [1, 3],
        [2, 3],
      ],
      'fails',
    ],
    [
      'an edge within, to a latent with an effect that its cause lacks',
      [
        [0, 1],
        [0, 2],
        [1, 3],
      ],
      'holds',
    ],
  ] as const)('%s', (_, edges, condition) => {
    expect(sparsityCondition(graph(blocks, edges))).toBe(condition);
  });
});

describe('one shared latent s before modalities of one latent each', () => {
  test.each([
    ['s is not connected to the link', [[1, 2]], 'holds'],
    [
      's → z₁ → z₂: the noise of z₁ loses one edge and z₂ gains one',
      [
        [0, 1],
        [1, 2],
      ],
      'fails',
    ],
    [
      's → z₁ → z₂, z₃: it loses one and two are gained',
      [
        [0, 1],
        [1, 2],
        [1, 3],
      ],
      'holds',
    ],
    [
      'z₁ → z₂ ← s: h(z₂, s) has the same parents, and no effects',
      [
        [1, 2],
        [0, 2],
      ],
      'fails',
    ],
    [
      'z₁ → z₂ → z₃, s → z₂: h(z₂, s) adds s → z₃',
      [
        [1, 2],
        [2, 3],
        [0, 2],
      ],
      'holds',
    ],
    [
      's a parent of the effect as well',
      [
        [1, 2],
        [2, 3],
        [0, 2],
        [0, 3],
      ],
      'fails',
    ],
  ] as const)('%s', (_, edges, condition) => {
    expect(sparsityCondition(graph([0, 1, 2, 3], edges, 1))).toBe(condition);
  });
});

describe('simulations', () => {
  const seeds = Array.from({ length: 30 }, (_, seed) => seed);
  const conditionsOf = (...[name, options]: Parameters<typeof simulatedGraph>) =>
    new Set(seeds.map((seed) => sparsityCondition(simulatedGraph(name, { ...options, seed }))));

  test.each(['case1', 'case2', 'case3', 'eight', 'shared2', 'shared3'])('%s: it holds', (name) => {
    expect(conditionsOf(name)).toEqual(new Set(['holds']));
  });

  test('it fails for latents whose only causes are shared latents', () => {
    expect(conditionsOf('shared2-first')).toEqual(new Set(['fails']));
  });

  test('it never holds with five of nine edges: the parents of one latent include those of another', () => {
    expect(conditionsOf('case2', { crossEdges: 5 })).toEqual(new Set(['priced', 'fails']));
    expect(conditionsOf('case2', { crossEdges: 9 })).toEqual(new Set(['fails']));
  });
});
