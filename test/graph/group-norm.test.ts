// Compares group normalisation with PyTorch's in double precision.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { compile } from '../../src/compile/index.js';
import { constant, grad, mul, parameter, sum, type Node } from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import { groupNorm, normaliseGroups } from '../../src/nn/group-norm.js';
import { ParameterList } from '../../src/nn/parameters.js';
import { BACKENDS } from '../fixtures/backends.js';
import { PlanRun } from '../fixtures/plan-run.js';
import { relativeError, worstError } from '../fixtures/numbers.js';

interface Tensor {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

type Layer = { readonly groups: number } & Readonly<
  Record<'x' | 'gain' | 'bias' | 'upstream' | 'value' | 'xSlopes' | 'gainSlopes' | 'biasSlopes', Tensor>
>;

/** Output of test/golden/make_networks.py. */
const { groupNorms } = JSON.parse(readFileSync(new URL('../golden/networks.json', import.meta.url), 'utf8')) as {
  readonly groupNorms: readonly Layer[];
};

const titled = groupNorms.map((layer): [string, Layer] => [
  `${layer.x.shape.join(' × ')} in ${layer.groups} groups`,
  layer,
]);

/** Returns the layer of one run and one member with x as a parameter, and its slopes. */
function layerOf({ groups, x, upstream }: Layer): { outputs: Record<string, Node> } {
  const parameters = new ParameterList(1);
  const layer = groupNorm(parameters, 'norm', {
    members: 1,
    channels: x.shape[0],
    groups,
    positions: x.shape.length - 2,
  });
  const input = parameter('x', [1, 1, ...x.shape]);
  const value = layer(input);
  const total = sum(mul(value, constant(upstream.values, [1, 1, ...x.shape])), [...value.shape.keys()]);
  const [xSlopes, gainSlopes, biasSlopes] = grad(total, [input, ...parameters.all.map(({ node }) => node)]);
  const outputs = { value, xSlopes, gainSlopes, biasSlopes };
  return { outputs };
}

const valuesOf = ({ x, gain, bias }: Layer): Record<string, readonly number[]> => ({
  x: x.values,
  'norm.gain': gain.values,
  'norm.bias': bias.values,
});

describe('group normalisation equals that of PyTorch', () => {
  test.each(titled)('%s', (_, golden) => {
    const { outputs } = layerOf(golden);
    const actual = evaluate(Object.values(outputs), { parameters: valuesOf(golden) });
    [golden.value, golden.xSlopes, golden.gainSlopes, golden.biasSlopes].forEach(({ values }, i) => {
      expect(worstError(actual[i], values)).toBeLessThan(1e-12);
    });
  });

  describe.each(BACKENDS)('on $title', ({ device, load }) => {
    test.each(titled)('%s', async (_, golden) => {
      const { outputs } = layerOf(golden);
      const run = new PlanRun(compile({ runs: 1, kernels: device.kernels, entries: { main: { outputs } } }), {
        device,
        load,
      });
      try {
        run.feed({ parameters: valuesOf(golden) });
        const actual = (await run.step('main')).outputs;
        for (const [name, values] of Object.entries({
          value: golden.value,
          xSlopes: golden.xSlopes,
          gainSlopes: golden.gainSlopes,
          biasSlopes: golden.biasSlopes,
        })) {
          expect(relativeError(actual[name], Float64Array.from(values.values))).toBeLessThan(1e-5);
        }
      } finally {
        await run.dispose();
      }
    });
  });
});

test('channels that cannot be divided into the groups are refused', () => {
  expect(() => normaliseGroups(parameter('x', [1, 1, 5, 3, 2]), 2, 2)).toThrow(
    expect.objectContaining({ code: 'shape-mismatch' }),
  );
});

test('the result does not depend on channels of other groups or on other subjects', () => {
  const x = Float64Array.from({ length: 4 * 3 * 2 }, (_, i) => Math.sin(i));
  const [first] = evaluate([normaliseGroups(constant([...x], [4, 3, 2]), 0, 2)]);
  // The last channel of the second subject.
  for (const at of [19, 21, 23]) x[at] += 5;
  const [second] = evaluate([normaliseGroups(constant([...x], [4, 3, 2]), 0, 2)]);
  first.forEach((value, i) => {
    const isAffected = i % 2 === 1 && i >= 12;
    expect(value === second[i]).toBe(!isAffected);
  });
});
