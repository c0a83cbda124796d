// Supported links that the fit left out because of the penalty of an edge: they are added to the graph, and their
// mechanisms are trained on the existing latents.

import { beforeAll, describe, expect, test } from '@jest/globals';
import type { LatentGraph } from '../../src/causal/index.js';
import type { LinkEvidence } from '../../src/evidence/latent-search.js';
import { takeUpLinks, type ExtendedGraph } from '../../src/evidence/take-up.js';
import { chain } from '../../reproduction/experiments/link-studies.js';
import { encodeDataset } from '../../src/inference/inference.js';
import { fitConfigFor } from '../../src/training/config.js';
import { fitModel, type FittedModel } from '../../src/training/fit.js';

const LIGHT = { componentRestarts: 4, componentSteps: 1500, encoderRestarts: 1, seed: 0, subspaces: 'linear' as const };

function supported(first: string, second: string): LinkEvidence {
  const correlation = { estimate: 0.5, lower: 0.4, upper: 0.6, p: 1e-8 };
  return {
    ...{ first, second, verdict: 'supported', conditioning: [], subjects: 800, q: 1e-8 },
    ...{ association: correlation, direct: correlation },
  } as unknown as LinkEvidence;
}

describe('a supported link that the fit lacks', () => {
  const { dataset } = chain(3, { subjects: 800, reliability: 0.95, shape: 'chain', direct: 0.3 });
  let fitted: FittedModel;
  let lacking: LatentGraph;
  let latents: Float32Array;
  let extended: ExtendedGraph;

  beforeAll(async () => {
    fitted = await fitModel(dataset, fitConfigFor(dataset, LIGHT), { threads: 1 });
    const { graph, model, parameters } = fitted;
    const isBetween = ({ from, to }: { from: string; to: string }) => [from, to].sort().join() === 'a.z1,c.z1';
    lacking = { ...graph, edges: graph.edges.filter((edge) => !isBetween(edge)) };
    latents = await encodeDataset(dataset, model, parameters, {});
    extended = (await takeUpLinks(
      dataset,
      fitted,
      { graph: lacking, links: [supported('a.z1', 'c.z1')], latents },
      {},
    ))!;
  });

  test('is added to the graph in the direction that the model allows, with an agreement of 0', () => {
    expect(extended.opened).toEqual([{ from: 'a.z1', to: 'c.z1' }]);
    const edge = extended.graph.edges.find(({ from, to }) => from === 'a.z1' && to === 'c.z1')!;
    expect(edge.agreement).toBe(0);
    expect(extended.graph.edges).toHaveLength(lacking.edges.length + 1);
  });

  test('has the effect that the latents show, which is never zero', () => {
    const { effect, strength } = extended.graph.edges.find(({ from, to }) => from === 'a.z1' && to === 'c.z1')!;
    const [a, b, c] = [0, 1, 2].map((k) => dataset.ids.map((_, row) => latents[row * 3 + k]));
    const r = (x: number[], y: number[]) => correlation(x, y);
    // This is the path coefficient of the standardised latents.
    const direct = (r(a, c) - r(a, b) * r(b, c)) / (1 - r(a, b) ** 2);
    expect(Math.abs(direct)).toBeGreaterThan(0.15);
    expect(effect! / direct).toBeGreaterThan(0.6);
    expect(effect! / direct).toBeLessThan(1.4);
    expect(strength).toBeGreaterThan(0.1);
  });

  test('changes only the mechanisms', () => {
    for (const [name, { values }] of fitted.parameters) {
      if (/^(encoder|decoder|componentMap)/.test(name)) expect(extended.parameters.get(name)!.values).toEqual(values);
    }
  });

  test('does not change a graph with all supported links', async () => {
    const { graph } = extended;
    const again = await takeUpLinks(dataset, fitted, { graph, links: [supported('a.z1', 'c.z1')], latents }, {});
    expect(again).toBeUndefined();
  });

  test('nor one that has the link with another copy of a variable', async () => {
    const { graph } = extended;
    const isOfC = ({ from, to }: { from: string; to: string }) => [from, to].sort().join() === 'b.z1,c.z1';
    const without = { ...graph, edges: graph.edges.filter((edge) => !isOfC(edge)) };
    const links = [supported('a.z1', 'c.z1'), supported('b.z1', 'c.z1')];
    const correlation = { estimate: 1, lower: 0.99, upper: 1 };
    const shared = { subsets: [], same: [{ latents: ['a.z1', 'b.z1'], signs: [1, 1] as const, correlation }] };
    expect(await takeUpLinks(dataset, fitted, { graph: without, links, latents, shared }, {})).toBeUndefined();
  });
});

function correlation(x: readonly number[], y: readonly number[]): number {
  const centred = (values: readonly number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.map((value) => value - mean);
  };
  const [a, b] = [centred(x), centred(y)];
  const dot = (u: readonly number[], v: readonly number[]) => u.reduce((sum, value, i) => sum + value * v[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
