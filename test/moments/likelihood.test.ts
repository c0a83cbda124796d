// The likelihood of maps and a structure: golden figures from NumPy, which sees rows, and finite differences.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { GateGroup, MomentProblem } from '../../src/moments/moment-problem.js';
import { momentLikelihood } from '../../src/moments/search-moments.js';

interface Case {
  readonly blocks: number[];
  readonly terms: number;
  readonly weights: number[];
  readonly means: number[][];
  readonly covariances: number[][];
  readonly gates: { readonly effect: GateGroup['effect']; readonly members: number[] }[];
  readonly maps: number[];
  readonly edges: number[];
  readonly open: number[];
  readonly likelihood: number;
}

const cases = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/moments.json'), 'utf8')) as Case[];

function problemOf({ blocks, terms, weights, means, covariances, gates }: Case): MomentProblem {
  const latents = blocks.reduce((sum, block) => sum + block, 0);
  return {
    blocks,
    terms,
    environments: weights.map((weight, e) => ({
      weight,
      mean: Float64Array.from(means[e]),
      covariance: Float64Array.from(covariances[e]),
    })),
    gates: gates.map(({ effect, members }) =>
      effect === 'shift' ? { effect, terms: members } : { effect, environments: members },
    ),
    allowedEdges: new Uint8Array(latents * latents).fill(1),
    order: 'given',
    allowedGates: new Uint8Array(gates.length * latents).fill(1),
    edgePrices: new Float64Array(latents * latents),
    gatePrices: new Float64Array(gates.length),
    seed: 0,
  };
}

const named = cases.map((one): [string, Case] => {
  const effects = one.gates.map(({ effect }) => effect).join(', ') || 'no gates';
  return [`${one.blocks.join(' + ')} latents, ${one.weights.length} environments, ${effects}`, one];
});

describe.each(named)('likelihood of %s', (_, one) => {
  const problem = problemOf(one);
  const edges = Uint8Array.from(one.edges);
  const gates = Uint8Array.from(one.open);
  const at = (maps: readonly number[]) => momentLikelihood(problem, { maps: Float64Array.from(maps), edges, gates });

  test('is that of regressions on rows', () => {
    expect(Math.abs(at(one.maps).likelihood - one.likelihood)).toBeLessThan(1e-7);
  });

  test('has the gradient of finite differences', () => {
    const { gradient } = at(one.maps);
    const step = 1e-5;
    const isFree = one.maps.map((value) => value !== 0);
    one.maps.forEach((value, k) => {
      const moved = (by: number): number => at(one.maps.map((v, i) => (i === k ? value + by : v))).likelihood;
      const difference = (moved(step) - moved(-step)) / (2 * step);
      if (isFree[k]) expect(Math.abs(gradient[k] - difference)).toBeLessThan(1e-7 * (1 + Math.abs(difference)));
      else expect(Math.abs(gradient[k])).toBe(0);
    });
  });

  test('does not depend on the scale and the sign of a latent', () => {
    const latents = Math.sqrt(one.maps.length);
    const scaled = one.maps.map((value, k) => value * [-1, 3, 0.2, -0.7, 2][Math.floor(k / latents)]);
    expect(Math.abs(at(scaled).likelihood - one.likelihood)).toBeLessThan(1e-7);
  });
});
