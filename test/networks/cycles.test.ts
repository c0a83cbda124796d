// Cycles among latents: the full Jacobian that allows them.

import { describe, expect, test } from '@jest/globals';
import { compile } from '../../src/compile/index.js';
import { affineFlow } from '../../src/nn/affine-flow.js';
import { condition, conditionerParameters } from '../../src/nn/conditioner.js';
import { feedbackLogAbsDet, fullJacobian } from '../../src/nn/jacobian.js';
import { mixtureFlow } from '../../src/nn/mixture-flow.js';
import * as graph from '../../src/graph/index.js';
import { sizeOf } from '../../src/graph/shapes.js';
import { ParameterList } from '../../src/nn/parameters.js';
import { evaluate } from '../../src/graph/reference.js';
import { PlanRun } from '../fixtures/plan-run.js';
import { dot, generator, uniforms, worstError } from '../fixtures/numbers.js';

type Values = Record<string, Float64Array>;

/** Returns the values of nodes on the native backend. */
async function natively(nodes: readonly graph.Node[], parameters: Values, runs: number): Promise<Float32Array[]> {
  const outputs = Object.fromEntries(nodes.map((node, i) => [`${i}`, node]));
  const run = new PlanRun(compile({ runs, entries: { main: { outputs } } }));
  run.feed({ parameters });
  const values = (await run.step('main')).outputs;
  await run.dispose();
  return nodes.map((_, i) => values[`${i}`]);
}

/** Returns the derivative of the sum of a node along `direction`, by its gradient and by a central difference. */
function alongDirection(node: graph.Node, leaves: readonly graph.Node[], values: Values, direction: Values): number[] {
  const total = graph.sum(node, [...node.shape.keys()]);
  const gradients = evaluate(graph.grad(total, leaves), { parameters: values });
  const names = Object.keys(values);
  const exact = gradients.reduce((sum, gradient, i) => sum + dot(gradient, direction[names[i]]), 0);
  const shifted = (step: number): number => {
    const moved = names.map((name) => [name, values[name].map((x, i) => x + step * direction[name][i])] as const);
    return evaluate([total], { parameters: Object.fromEntries(moved) })[0][0];
  };
  const h = 1e-4;
  return [exact, (8 * (shifted(h) - shifted(-h)) - (shifted(2 * h) - shifted(-2 * h))) / (12 * h)];
}

describe.each([affineFlow(), mixtureFlow(3)])('the full Jacobian of the $name flow', (flow) => {
  const [runs, latents, batch] = [2, 4, 6];
  const next = generator(31);
  const list = new ParameterList(runs);
  const conditioner = conditionerParameters(list, flow, { latents, hidden: 8, absent: false });
  const z = graph.parameter('z', [runs, latents, batch]);
  const values: Values = Object.fromEntries(
    list.all.map(({ name, node }) => [name, uniforms(sizeOf(node.shape), next, [-0.7, 0.7]).map(Math.fround)]),
  );
  values['z'] = uniforms(sizeOf(z.shape), next, [-1, 1]).map(Math.fround);
  const leaves = [...list.all.map(({ node }) => node), z];

  /** Builds the terms of a graph. `allowed` is true if child i may read parent j. */
  function build(allowed: (i: number, j: number) => boolean) {
    const gates = Array.from({ length: latents * latents }, (_, at) =>
      allowed(Math.floor(at / latents), at % latents) ? 1 : 0,
    );
    const conditioned = condition(conditioner, z, graph.constant(gates, [1, latents, latents]));
    return {
      epsilon: flow.epsilon(z, conditioned.theta),
      jacobian: fullJacobian(flow, z, conditioned),
      feedback: feedbackLogAbsDet(flow, z, conditioned),
      density: graph.sum(flow.logDensity(z, conditioned.theta), [1]),
    };
  }

  const cyclic = build((i, j) => i !== j);

  /** Returns ∂ε/∂z_j by central differences, in the layout of the Jacobian. */
  function differences(epsilon: graph.Node): Float64Array {
    const result = new Float64Array(runs * latents * latents * batch);
    const h = 1e-4;
    for (let j = 0; j < latents; j++) {
      const shifted = (steps: number): Float64Array => {
        const moved = values['z'].map((x, at) => (Math.floor(at / batch) % latents === j ? x + steps * h : x));
        return evaluate([epsilon], { parameters: { ...values, z: moved } })[0];
      };
      const [far, near, back, farBack] = [2, 1, -1, -2].map(shifted);
      near.forEach((_, at) => {
        const [row, b] = [Math.floor(at / batch), at % batch];
        result[(row * latents + j) * batch + b] = (8 * (near[at] - back[at]) - (far[at] - farBack[at])) / (12 * h);
      });
    }
    return result;
  }

  test('equals finite differences if every latent reads every other', () => {
    const [jacobian] = evaluate([cyclic.jacobian], { parameters: values });
    expect(worstError(jacobian, differences(cyclic.epsilon))).toBeLessThan(1e-8);
    const outside = jacobian.filter((_, at) => Math.floor(at / batch) % (latents + 1) !== 0);
    expect(Math.max(...outside.map(Math.abs))).toBeGreaterThan(0.1);
  });

  test('gives the density of z: that of ε times |det J| by expansion', () => {
    const [epsilon, density, feedback] = evaluate([cyclic.epsilon, cyclic.density, cyclic.feedback], {
      parameters: values,
    });
    const jacobian = differences(cyclic.epsilon);
    let maxFeedback = 0;
    for (let run = 0; run < runs; run++) {
      for (let b = 0; b < batch; b++) {
        const rows = Array.from({ length: latents }, (_, i) =>
          Array.from({ length: latents }, (_, j) => jacobian[((run * latents + i) * latents + j) * batch + b]),
        );
        let expected = Math.log(Math.abs(expansion(rows)));
        for (let i = 0; i < latents; i++) {
          expected -= 0.5 * (epsilon[(run * latents + i) * batch + b] ** 2 + Math.log(2 * Math.PI));
        }
        const at = run * batch + b;
        expect(density[at] + feedback[at]).toBeCloseTo(expected, 7);
        maxFeedback = Math.max(maxFeedback, Math.abs(feedback[at]));
      }
    }
    expect(maxFeedback).toBeGreaterThan(0.05);
  });

  test('adds nothing if the gates are acyclic', () => {
    const order = [2, 0, 3, 1];
    const acyclic = build((i, j) => order[i] > order[j]);
    const [feedback, jacobian] = evaluate([acyclic.feedback, acyclic.jacobian], { parameters: values });
    for (const term of feedback) expect(Math.abs(term)).toBeLessThan(1e-12);
    expect(worstError(jacobian, differences(acyclic.epsilon))).toBeLessThan(1e-8);
  });

  test('has a log-determinant with derivatives by parameters and z; native values equal the reference’s', async () => {
    const direction = Object.fromEntries(
      Object.entries(values).map(([name, point]) => [name, uniforms(point.length, next, [-1, 1])]),
    );
    const [exact, difference] = alongDirection(cyclic.feedback, leaves, values, direction);
    expect(Math.abs(exact - difference)).toBeLessThan(1e-6 * (1 + Math.abs(difference)));
    const nodes = [cyclic.jacobian, cyclic.feedback, ...graph.grad(cyclic.feedback, leaves)];
    const expected = evaluate(nodes, { parameters: values });
    (await natively(nodes, values, runs)).forEach((actual, i) => {
      expect(worstError(actual, expected[i])).toBeLessThan(1e-4);
    });
  });
});

/** Computes det by expansion along the first row, for small matrices. */
function expansion([first, ...below]: readonly (readonly number[])[]): number {
  if (below.length === 0) return first[0];
  return first.reduce((total, element, j) => {
    const minor = below.map((row) => row.filter((_, k) => k !== j));
    return total + (j % 2 === 1 ? -1 : 1) * element * expansion(minor);
  }, 0);
}
