// One training step of the whole model against PyTorch in float64: loss terms, every gradient, ten Adam steps.

import { describe, expect, test } from '@jest/globals';
import { expand } from '../../src/compile/expand.js';
import { compile } from '../../src/compile/index.js';
import { grad } from '../../src/graph/index.js';
import { RATE_GROUPS } from '../../src/nn/parameters.js';
import { Program } from '../../src/runtime/program.js';
import { evaluate } from '../../src/graph/reference.js';
import { trainedEntry } from '../../src/training/trained-entry.js';
import { GOLDEN_STEPS, readGoldenStep } from '../golden/training-step.js';

/** Returns the largest difference relative to the largest golden magnitude. */
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
  test.each(GOLDEN_STEPS)('%s', async (variant) => {
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
    const nodes = [golden.objective.loss, ...terms.map(([, node]) => node), ...gradients];
    // Once with all kernels, and once expanded for a backend that lacks the special kernels.
    for (const outputs of [nodes, expand(nodes, new Set())]) {
      const values = evaluate(outputs, { parameters, data: golden.inputs(0) });
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
    }
  });
});

describe.each([1, 2])('the native engine gives the golden training step with %d thread(s)', (threads) => {
  // float32 against float64: the bounds are about ten times the deviation of PyTorch in float32, which the metadata of
  // the files contain.
  test.each(GOLDEN_STEPS)('%s', async (variant) => {
    const golden = await readGoldenStep(variant);
    const { model, objective, optimizer, sizes } = golden;
    const trained = model.parameters.all.filter((p) => golden.tensors.has(`gradient.${p.name}`));
    const gradients = grad(
      objective.loss,
      trained.map((p) => p.node),
    );
    const [beta1, beta2] = optimizer.betas;
    const compiled = compile({
      runs: sizes.runs,
      rates: RATE_GROUPS,
      entries: {
        step: trainedEntry(objective.loss, trained, {
          terms: objective.terms,
          adam: { optimizer: 'adam', beta1, beta2, epsilon: optimizer.epsilon },
        }),
        gradients: { outputs: Object.fromEntries(trained.map((p, i) => [p.name, gradients[i]])) },
      },
    });
    await using program = Program.load(compiled, { threads });
    for (const p of trained) program.set('parameters', p.name, golden.tensors.get(`initial.${p.name}`)!.values);
    program.set('controls', 'rates', Float32Array.of(optimizer.rate, optimizer.gateRate, 0));
    const feed = (step: number): void => {
      for (const [name, values] of Object.entries(golden.inputs(step))) {
        if (name in compiled.data) program.set('data', name, values);
      }
    };
    feed(0);
    const first = await program.run('gradients');
    for (const p of trained) {
      const { offset } = compiled.entries['gradients'].outputs[p.name];
      const expected = golden.tensors.get(`gradient.${p.name}`)!.values;
      const error = relativeError(first.results.subarray(offset, offset + expected.length), expected);
      expect([p.name, error < 2e-5 ? 'equal' : error]).toEqual([p.name, 'equal']);
    }
    const { offset: loss } = compiled.entries['step'].outputs['loss'];
    const losses: number[] = [];
    for (let step = 0; step < optimizer.steps; step++) {
      feed(step);
      const { results } = await program.run('step', { firstStep: step });
      losses.push(...results.subarray(loss, loss + sizes.runs));
    }
    expect(relativeError(losses, golden.tensors.get('losses')!.values)).toBeLessThan(1e-5);
    for (const p of trained) {
      const error = relativeError(
        await program.get('parameters', p.name),
        golden.tensors.get(`after.${p.name}`)!.values,
      );
      expect([p.name, error < 1e-4 ? 'equal' : error]).toEqual([p.name, 'equal']);
    }
  });
});
