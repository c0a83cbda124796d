// The log density of a mixture and its gradient are one kernel on the CPU. Tests which plans contain it, and its
// numbers.

import { describe, expect, test } from '@jest/globals';
import { compile, decodePlan } from '../../src/compile/index.js';
import { kernelNames } from '../../src/compile/kernels.js';
import * as graph from '../../src/graph/index.js';
import type { Node } from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import { Program } from '../../src/runtime/program.js';
import { generator, relativeError, single, uniforms } from '../fixtures/numbers.js';

const LIMITS = { logScaleMin: -5, logScaleMax: 3 };
const JOINT = 'mixtureLogDensityWithGrad';
const COMPONENTS = 4;

/** Returns z, θ and an upstream. 77 columns are not whole vectors, and more than one block. */
const inputs = (batch = 77): [Node, Node, Node] => [
  graph.parameter('z', [2, 3, batch]),
  graph.parameter('theta', [2, 3, 3 * COMPONENTS, batch]),
  graph.parameter('upstream', [2, 3, batch]),
];

function kernelsOf(outputs: Readonly<Record<string, Node>>, backend: 'cpu' | 'cuda' | 'webgpu' = 'cpu'): string[] {
  const { plan } = compile({ runs: 2, kernels: kernelNames(backend), entries: { main: { outputs } } });
  return decodePlan(plan).entries[0].kernels.flatMap(({ name }) => (name.startsWith('mixture') ? [name] : []));
}

function outputsOf([z, theta, upstream]: [Node, Node, Node], limits = LIMITS): Record<string, Node> {
  return {
    value: graph.mixtureLogDensity(z, theta, LIMITS),
    slopes: graph.mixtureLogDensityGrad(z, theta, upstream, limits),
  };
}

describe('a log density and its gradient', () => {
  test('are one kernel on the CPU, and two on other backends', () => {
    const outputs = outputsOf(inputs());
    expect(kernelsOf(outputs)).toEqual([JOINT]);
    for (const backend of ['cuda', 'webgpu'] as const) {
      expect(kernelsOf(outputs, backend).sort()).toEqual(['mixtureLogDensity', 'mixtureLogDensityGrad']);
    }
  });

  test('stay apart if the gradient depends on the value, or if only one is needed', () => {
    const [z, theta, upstream] = inputs();
    const { value, slopes } = outputsOf([z, theta, upstream]);
    const dependent = graph.mixtureLogDensityGrad(z, theta, graph.mul(value, upstream), LIMITS);
    expect(kernelsOf({ value, dependent }).sort()).toEqual(['mixtureLogDensity', 'mixtureLogDensityGrad']);
    expect(kernelsOf({ slopes })).toEqual(['mixtureLogDensityGrad']);
    expect(kernelsOf({ value })).toEqual(['mixtureLogDensity']);
  });

  test('stay apart if their limits or their mixtures differ', () => {
    expect(kernelsOf(outputsOf(inputs(), { logScaleMin: -4, logScaleMax: 3 }))).toHaveLength(2);
    const [z, theta, upstream] = inputs();
    const other = graph.parameter('other', theta.shape);
    const value = graph.mixtureLogDensity(z, other, LIMITS);
    expect(kernelsOf({ value, slopes: graph.mixtureLogDensityGrad(z, theta, upstream, LIMITS) })).toHaveLength(2);
  });

  test('of several mixtures are one kernel for each', () => {
    const [z, theta, upstream] = inputs();
    const shifted = graph.add(z, 1);
    const outputs = {
      ...outputsOf([z, theta, upstream]),
      value2: graph.mixtureLogDensity(shifted, theta, LIMITS),
      slopes2: graph.mixtureLogDensityGrad(shifted, theta, upstream, LIMITS),
    };
    expect(kernelsOf(outputs)).toEqual([JOINT, JOINT]);
  });

  test.each([1, 16, 64, 77, 200])('have the reference values for %d columns', async (batch) => {
    const nodes = inputs(batch);
    const outputs = outputsOf(nodes);
    const random = generator(batch);
    const parameters = Object.fromEntries(
      nodes.map(({ shape }, i) => {
        const count = shape.reduce((product, size) => product * size, 1);
        return [['z', 'theta', 'upstream'][i], single(uniforms(count, random, [-2, 2]))];
      }),
    );
    const expected = evaluate(Object.values(outputs), { parameters });
    const compiled = compile({ runs: 2, kernels: kernelNames('cpu'), entries: { main: { outputs } } });
    await using program = Program.load(compiled, { threads: 2 });
    for (const [name, values] of Object.entries(parameters)) {
      program.set('parameters', name, Float32Array.from(values));
    }
    const { results } = await program.run('main');
    Object.keys(outputs).forEach((name, i) => {
      const { offset } = compiled.entries['main'].outputs[name];
      expect(relativeError(results.subarray(offset, offset + expected[i].length), expected[i])).toBeLessThan(1e-6);
    });
  });
});
