// The model as a graph: modalities of different shapes, gates, and the schedule of a fit.

import { describe, expect, test } from '@jest/globals';
import { expand } from '../../src/compile/expand.js';
import { sampleGates, hardGates, openProbability } from '../../src/nn/gates.js';
import { constant, data, grad, type Node } from '../../src/graph/index.js';
import { topological } from '../../src/graph/node.js';
import { allowedEdges, crossPairs, latentLayout } from '../../src/networks/layout.js';
import type { NoiseSource } from '../../src/networks/latent-prior.js';
import { MultimodalModel } from '../../src/networks/multimodal.js';
import { objective } from '../../src/networks/objective.js';
import { evaluate } from '../../src/graph/reference.js';
import { seedKey, uniforms } from '../../src/random/streams.js';
import { fitConfig, type FitSettings } from '../../src/training/config.js';
import { worstError } from '../fixtures/numbers.js';
import { tableObservation, valueCount } from '../../src/data/observation.js';

const MIXED = [
  { name: 'sleep', observation: tableObservation(3), latents: 1, exogenous: 0 },
  { name: 'blood', observation: tableObservation(5), latents: 2, exogenous: 1 },
  { name: 'left', observation: tableObservation(4), latents: 2, exogenous: 1 },
  { name: 'right', observation: tableObservation(4), latents: 2, exogenous: 1 },
];

describe('layout', () => {
  test('modalities of equal shape share a group; latents keep the order of the study', () => {
    const layout = latentLayout(MIXED);
    expect(layout.groups.map((group) => group.members)).toEqual([[0], [1], [2, 3]]);
    expect(layout.offsets).toEqual([0, 1, 3, 5]);
    expect(layout.modalityOf).toEqual([0, 1, 1, 2, 2, 3, 3]);
  });

  test('edges go from earlier modalities, and within one from lower to higher latents', () => {
    const layout = latentLayout(MIXED.slice(0, 2));
    expect([...allowedEdges(layout, { within: true, graph: 'ordered' })]).toEqual([0, 0, 0, 1, 0, 0, 1, 1, 0]);
    expect([...allowedEdges(layout, { within: false, graph: 'ordered' })]).toEqual([0, 0, 0, 1, 0, 0, 1, 0, 0]);
    for (const graph of ['acyclic', 'cyclic'] as const) {
      expect([...allowedEdges(layout, { within: true, graph })]).toEqual([0, 1, 1, 1, 0, 1, 1, 1, 0]);
      expect([...allowedEdges(layout, { within: false, graph })]).toEqual([0, 1, 1, 1, 0, 0, 1, 0, 0]);
    }
    expect([...crossPairs(layout)]).toEqual([0, 1, 1, 1, 0, 0, 1, 0, 0]);
  });
});

describe('the objective of modalities of different shapes', () => {
  const batch = 5;
  const runs = 2;
  const build = (flow: 'mixture' | 'affine', jacobian: boolean, componentMap = 0, flowHidden = 4) => {
    const model = new MultimodalModel(
      {
        modalities: MIXED,
        hidden: 6,
        flow,
        components: 3,
        flowHidden,
        within: true,
        graph: 'ordered',
        gates: true,
        componentMap,
      },
      runs,
    );
    const noise: NoiseSource = {
      normal: (name, shape) => data(`noise.${name}`, shape),
      uniform: (name, shape) => data(`noise.${name}`, shape),
    };
    const x = model.layout.groups.map(({ members, observation }, g) => ({
      values: data(`x.${g}`, [1, members.length, valueCount(observation), batch]),
    }));
    const weights = constant([0.3, 0.7], [runs]);
    const built = objective(model, x, noise, {
      weights: {
        reconstruction: 1,
        independence: 0.1,
        gates: weights,
        ...(jacobian && { jacobian: weights }),
        crossPrediction: 0.5,
      },
      gates: 'sampled',
    });
    return { model, ...built };
  };
  /** Returns values of every leaf from a separate stream; noise in (0, 1) is used for normal noise, too. */
  const feeds = (leaves: readonly Node[]): Record<string, Float64Array> =>
    Object.fromEntries(
      leaves.map((leaf, stream) => [
        String(leaf.attributes['name']),
        uniforms(
          seedKey(7),
          stream,
          0,
          leaf.shape.reduce((a, b) => a * b, 1),
        ),
      ]),
    );

  test.each(['mixture', 'affine'] as const)(
    '%s flow: the Jacobian penalty equals its expansion, which is used if a backend lacks its kernels or a ' +
      'network is too large',
    (flow) => {
      const kernels = new Set(['meanAbsJacobian', 'meanAbsJacobianGrad']);
      const penalty = (hidden: number) => {
        const { model, loss, terms } = build(flow, true, 0, hidden);
        const parameters = model.parameters.all.map((p) => p.node);
        const feed = {
          parameters: Object.fromEntries(model.parameters.initialValues([1, 2])),
          data: feeds(collectData(loss)),
        };
        return { nodes: [terms['jacobian'], ...grad(loss, parameters)], feed };
      };
      const kernelsIn = (nodes: readonly Node[]): string[] =>
        [...new Set(topological(nodes).map(({ operation }) => operation.name))]
          .filter((name) => kernels.has(name))
          .sort();
      const { nodes, feed } = penalty(4);
      const general = expand(nodes, new Set());
      expect(expand(nodes, kernels)).toEqual(nodes);
      expect(kernelsIn(nodes)).toEqual(['meanAbsJacobian', 'meanAbsJacobianGrad']);
      expect(kernelsIn(general)).toEqual([]);
      const expected = evaluate(nodes, feed);
      evaluate(general, feed).forEach((values, i) => {
        expect(worstError(values, expected[i])).toBeLessThan(1e-12);
      });
      expect(kernelsIn(expand(penalty(64).nodes, kernels))).toEqual([]);
    },
  );

  test.each([
    ['mixture', 0],
    ['affine', 0],
    ['mixture', 3],
  ] as const)('%s flow, component map %d wide: gradient equals the slope along a random direction', (flow, width) => {
    // Without the Jacobian penalty, which treats sd(z) as a constant; differences along a line do not.
    const { model, loss } = build(flow, false, width);
    const parameters = model.parameters.all;
    // Values are perturbed: with zero biases, a latent without parents is exactly at the kink of LeakyReLU.
    const start = Object.fromEntries(
      [...model.parameters.initialValues([1, 2])].map(([name, values], i) => {
        const shake = uniforms(seedKey(8), i, 0, values.length);
        return [name, Float64Array.from(values, (v, k) => v + 0.2 * (shake[k] - 0.5))];
      }),
    );
    const leaves = collectData(loss);
    const inputs = feeds(leaves);
    const direction = new Map(
      parameters.map((p, i) => [p.name, uniforms(seedKey(9), i, 0, start[p.name].length).map((u) => u - 0.5)]),
    );
    const at = (step: number): number => {
      const moved = Object.fromEntries(
        parameters.map((p) => [
          p.name,
          Float64Array.from(start[p.name], (v, i) => v + step * direction.get(p.name)![i]),
        ]),
      );
      const [values] = evaluate([loss], { parameters: moved, data: inputs });
      return values.reduce((a, b) => a + b, 0);
    };
    const gradients = evaluate(
      grad(
        loss,
        parameters.map((p) => p.node),
      ),
      { parameters: start, data: inputs },
    );
    const slope = parameters.reduce(
      (sum, p, k) => sum + gradients[k].reduce((s, g, i) => s + g * direction.get(p.name)![i], 0),
      0,
    );
    const numeric = (at(1e-5) - at(-1e-5)) / 2e-5;
    expect(slope / numeric).toBeCloseTo(1, 5);
  });

  test('runs are independent: the loss of a run depends only on the parameters of that run', () => {
    const { model, loss } = build('mixture', true);
    const inputs = feeds(collectData(loss));
    const value = (seeds: [number, number]) =>
      evaluate([loss], { parameters: Object.fromEntries(model.parameters.initialValues(seeds)), data: inputs })[0];
    expect(value([1, 2])[0]).toBe(value([1, 3])[0]);
    expect(value([1, 2])[1]).not.toBe(value([1, 3])[1]);
  });
});

test('a hard gate is open if the noise-free gate exceeds ½; a sampled gate is exactly 0 or 1 at the ends', () => {
  const logits = constant([-8, -0.1, 0.1, 8], [4]);
  const half = constant([0.5, 0.5, 0.5, 0.5], [4]);
  const [hard, sampled, open] = evaluate([hardGates(logits), sampleGates(logits, half), openProbability(logits)]);
  expect([...hard]).toEqual([0, 0, 1, 1]);
  expect([sampled[0], sampled[3]]).toEqual([0, 1]);
  // P(gate > 0) of the stretched binary concrete: 1 − F(0) = sigmoid(logit − β log(0.1 / 1.1)).
  const expected = [-8, -0.1, 0.1, 8].map((l) => 1 / (1 + Math.exp(-(l - (2 / 3) * Math.log(0.1 / 1.1)))));
  expected.forEach((p, i) => {
    expect(open[i]).toBeCloseTo(p, 12);
  });
});

test.each([
  [{ encoderRestarts: 0 }, 'encoderRestarts'],
  [{ learningRate: Number.NaN }, 'learningRate'],
  [{ sparsity: { weight: -1 } }, 'sparsity.weight'],
  [{ flow: 'spline' }, 'flow'],
  [{ epoch: 3 }, 'epoch'],
])('setting %j is refused by name', (settings, name) => {
  expect(() => fitConfig(settings as FitSettings)).toThrow(
    expect.objectContaining({ code: 'invalid-setting', details: { setting: name } }),
  );
});

test.each([
  [{ epoch: 3 }, /"epoch" is unknown \(did you mean 'epochs'/],
  [{ sparsity: { wieght: 1 } }, /"sparsity.wieght" is unknown \(did you mean 'weight'/],
  [{ zzzzzzzzzz: 1 }, /"zzzzzzzzzz" is unknown; accepted are .*epochs/],
])('setting %j, which does not exist, is answered with what was probably meant', (settings, message) => {
  expect(() => fitConfig(settings as FitSettings)).toThrow(message);
});

function collectData(root: Node): Node[] {
  const seen = new Set<Node>();
  const leaves = new Map<string, Node>();
  const visit = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.operation.name === 'data') leaves.set(String(node.attributes['name']), node);
    node.inputs.forEach(visit);
  };
  visit(root);
  return [...leaves.values()];
}
