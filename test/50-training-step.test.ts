// One training step of the whole model against PyTorch in float64: loss terms, every gradient, ten Adam steps.

import { describe, expect, test } from '@jest/globals';
import { grad } from '../src/graph/index.js';
import { evaluate } from '../src/runtime/reference.js';
import { readGoldenStep } from './golden/training-step.js';

const VARIANTS = ['gates', 'jacobian', 'concave', 'affine'];

/** Largest difference relative to the largest golden magnitude. */
function relativeError(actual: ArrayLike<number>, golden: ArrayLike<number>): number {
  expect(actual.length).toBe(golden.length);
  let scale = 0;
  let error = 0;
  for (let i = 0; i < golden.length; i++) {
    scale = Math.max(scale, Math.abs(golden[i]));
    error = Math.max(error, Math.abs(actual[i] - golden[i]));
  }
  return error / (scale || 1);
}

describe('the float64 reference gives the golden training step', () => {
  test.each(VARIANTS)('%s', async (variant) => {
    const golden = await readGoldenStep(variant);
    const trained = golden.model.parameters.all.filter((p) => golden.tensors.has(`gradient.${p.name}`));
    const parameters = Object.fromEntries(
      trained.map((p) => [p.name, golden.tensors.get(`initial.${p.name}`)!.values]),
    );
    const gradients = grad(
      golden.objective.loss,
      trained.map((p) => p.node),
    );
    const terms = Object.entries(golden.objective.terms);
    const values = evaluate([golden.objective.loss, ...terms.map(([, node]) => node), ...gradients], {
      parameters,
      data: golden.inputs(0),
    });
    expect(relativeError(values[0], golden.tensors.get('loss')!.values)).toBeLessThan(1e-6);
    terms.forEach(([name], i) => {
      expect([name, relativeError(values[1 + i], golden.tensors.get(`term.${name}`)!.values)]).toEqual([
        name,
        expect.closeTo(0, 6),
      ]);
    });
    trained.forEach((p, i) => {
      const error = relativeError(values[1 + terms.length + i], golden.tensors.get(`gradient.${p.name}`)!.values);
      expect([p.name, error]).toEqual([p.name, expect.closeTo(0, 6)]);
    });
  });
});
