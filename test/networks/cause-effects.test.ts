// Observed causes in the prior of the latents: what a soft, a shifting and a perfect level do to a latent's density,
// against formulas written down here, and their gradients against finite differences.

import { describe, expect, test } from '@jest/globals';
import { compile } from '../../src/compile/index.js';
import type { CauseEffect } from '../../src/data/causes.js';
import * as graph from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import { sizeOf } from '../../src/graph/shapes.js';
import { CAUSE_GATES, termsWith, type CauseShape } from '../../src/networks/cause-effects.js';
import { LatentPrior, type PriorConfig } from '../../src/networks/latent-prior.js';
import { latentLayout } from '../../src/networks/layout.js';
import { tableObservation } from '../../src/data/observation.js';
import { ParameterList } from '../../src/nn/parameters.js';
import { PlanRun } from '../fixtures/plan-run.js';
import { dot, generator, uniforms, worstError } from '../fixtures/numbers.js';

type Values = Record<string, Float64Array>;

const [RUNS, D, BATCH, HIDDEN] = [2, 4, 6, 5];
const LAYOUT = latentLayout([
  { name: 'a', observation: tableObservation(4), latents: 2, exogenous: 0 },
  { name: 'b', observation: tableObservation(4), latents: 2, exogenous: 0 },
]);
const cause = (effect: CauseEffect, terms: number): CauseShape => ({
  name: `${effect}${terms}`,
  kind: 'categorical',
  effect,
  terms: Array.from({ length: terms }, (_, i) => ({ level: `${i + 1}` })),
});
/** Terms: soft 0, 1 and 5; shift 2; perfect 3 and 4. */
const CAUSES = [cause('soft', 2), cause('shift', 1), cause('perfect', 2), cause('soft', 1)];
const T = 6;

function priorOf(flow: 'affine' | 'mixture', causes?: readonly CauseShape[]) {
  const config: PriorConfig = {
    flow,
    components: 3,
    flowHidden: HIDDEN,
    within: true,
    graph: 'ordered',
    gates: false,
    causes,
  };
  const parameters = new ParameterList(RUNS);
  const prior = new LatentPrior(parameters, LAYOUT, config);
  const z = graph.parameter('z', [RUNS, D, BATCH]);
  const next = generator(7);
  const values: Values = Object.fromEntries(
    [...parameters.all, { name: 'z', shape: z.shape }].map(({ name, shape }) => [
      name,
      name === CAUSE_GATES
        ? new Float64Array(sizeOf(shape)).fill(1)
        : uniforms(sizeOf(shape), next, [-0.7, 0.7]).map(Math.fround),
    ]),
  );
  return { prior, parameters, z, values };
}

/** Returns log p(z) per run and subject. @param terms T numbers of every subject */
function logDensity(
  { prior, z, values }: ReturnType<typeof priorOf>,
  terms: readonly number[] | undefined,
  changed: Values = {},
): Float64Array {
  const node =
    terms &&
    graph.constant(
      terms.flatMap((term) => new Array<number>(BATCH).fill(term)),
      [1, T, BATCH],
    );
  const conditioned = prior.condition(z, prior.gates('hard', unreachable), undefined, node);
  return evaluate([prior.logDensity(z, conditioned)], { parameters: { ...values, ...changed } })[0];
}

const unreachable = {
  normal: (): never => {
    throw new TypeError('no noise');
  },
  uniform: (): never => {
    throw new TypeError('no noise');
  },
};

/** Returns a table of gates that are open only from one term to one latent, in every run. */
function onlyGate(term: number, latent: number): Values {
  return {
    [CAUSE_GATES]: Float64Array.from({ length: RUNS * D * T }, (_, at) =>
      Number(at % T === term && Math.floor(at / T) % D === latent),
    ),
  };
}

const at = (term: number): number[] => Array.from({ length: T }, (_, t) => Number(t === term));
const none = new Array<number>(T).fill(0);

describe('the terms of a prior', () => {
  test('are divided by the effect of their cause', () => {
    expect(termsWith(CAUSES, 'soft')).toEqual([0, 1, 5]);
    expect(termsWith(CAUSES, 'shift')).toEqual([2]);
    expect(termsWith(CAUSES, 'perfect')).toEqual([3, 4]);
  });

  test('change nothing at the reference, nor where their gates are closed', () => {
    const model = priorOf('mixture', CAUSES);
    const reference = logDensity(model, undefined);
    expect(logDensity(model, none)).toEqual(reference);
    const closed = { [CAUSE_GATES]: new Float64Array(RUNS * D * T) };
    for (const term of [0, 2, 3, 5]) expect(logDensity(model, at(term), closed)).toEqual(reference);
  });
});

describe.each(['affine', 'mixture'] as const)('an open gate with the %s flow', (flow) => {
  const model = priorOf(flow, CAUSES);
  const { values } = model;
  const target = 2;

  test('shift: the latent minus its shift has the mechanism of the reference, and children read the latent', () => {
    const shift = (run: number): number => values['causes.shift'][run * D + target];
    const shifted = logDensity(model, at(2), onlyGate(2, target));
    // Only the last latent is a child of latent 2. Without its edge, z − shift at the reference has the same density.
    const [edge, moved] = [values['flow.0.weight'].slice(), values['z'].slice()];
    for (let i = 0; i < edge.length; i++) if (i % D === target) edge[i] = 0;
    for (let i = 0; i < moved.length; i++) {
      if (Math.floor(i / BATCH) % D === target) moved[i] -= shift(Math.floor(i / (D * BATCH)));
    }
    const without = { 'flow.0.weight': edge };
    const expected = logDensity(model, none, { ...without, z: moved });
    expect(worstError(logDensity(model, at(2), { ...onlyGate(2, target), ...without }), expected)).toBeLessThan(1e-12);
    expect(worstError(shifted, logDensity(model, none, { z: moved }))).toBeGreaterThan(1e-3);
  });

  test('perfect: the density of the latent is that of its marginal, whatever its parents', () => {
    const [, size] = [D, values['flow.2.bias'].length / (RUNS * D)];
    // The same as an intact mechanism without weights whose biases are the marginal.
    const bias = values['flow.2.bias'].slice();
    const weight = values['flow.2.weight'].slice();
    for (let run = 0; run < RUNS; run++) {
      for (let k = 0; k < size; k++) {
        const row = (run * D + target) * size + k;
        bias[row] = values['causes.marginal'][row * 2 + 1];
        weight.fill(0, row * HIDDEN, (row + 1) * HIDDEN);
      }
    }
    const expected = logDensity(model, none, { 'flow.2.bias': bias, 'flow.2.weight': weight });
    expect(worstError(logDensity(model, at(4), onlyGate(4, target)), expected)).toBeLessThan(1e-12);
  });

  test('perfect: the θ of two perfect levels at once is their mean', () => {
    const gates = onlyGate(3, target)[CAUSE_GATES].map((gate, i) =>
      Math.max(gate, onlyGate(4, target)[CAUSE_GATES][i]),
    );
    const mean = values['causes.marginal'].map((_, i, all) => (all[i - (i % 2)] + all[i - (i % 2) + 1]) / 2);
    const both = none.map((_, t) => Number(t === 3 || t === 4));
    const expected = logDensity(model, at(3), { ...onlyGate(3, target), 'causes.marginal': mean });
    expect(worstError(logDensity(model, both, { [CAUSE_GATES]: gates }), expected)).toBeLessThan(1e-12);
  });

  test('soft: the term adds its weights to the first layer of the latent alone', () => {
    const bias = values['flow.0.bias'].slice();
    for (let run = 0; run < RUNS; run++) {
      for (let h = 0; h < HIDDEN; h++) {
        const row = (run * D + target) * HIDDEN + h;
        bias[row] += values['causes.weight'][row * 3 + 2];
      }
    }
    const expected = logDensity(model, none, { 'flow.0.bias': bias });
    expect(worstError(logDensity(model, at(5), onlyGate(5, target)), expected)).toBeLessThan(1e-12);
  });

  test('a cut parent has no strength', () => {
    const { prior, z } = model;
    const strengths = (term: number, gates: Values): Float64Array => {
      const terms = graph.constant(
        at(term).flatMap((value) => new Array<number>(BATCH).fill(value)),
        [1, T, BATCH],
      );
      const conditioned = prior.condition(z, prior.gates('hard', unreachable), undefined, terms);
      return evaluate([prior.strengths(z, conditioned)], { parameters: { ...values, ...gates } })[0];
    };
    const cut = strengths(3, onlyGate(3, target));
    const whole = strengths(3, { [CAUSE_GATES]: new Float64Array(RUNS * D * T) });
    cut.forEach((strength, i) => {
      if (Math.floor(i / D) % D === target) expect(strength).toBe(0);
      else expect(strength).toBeCloseTo(whole[i], 12);
    });
    expect(whole[target * D]).toBeGreaterThan(0);
  });

  test('gradients agree with finite differences, and the engine with the reference', async () => {
    const { prior, parameters, z } = model;
    const next = generator(11);
    const terms = graph.parameter('terms', [1, T, BATCH]);
    const levels = Float64Array.from({ length: T * BATCH }, (_, i) => Number(Math.floor(i / BATCH) === i % BATCH));
    const all: Values = { ...values, ...gatesOfAll(next), terms: levels };
    const conditioned = prior.condition(z, prior.gates('hard', unreachable), undefined, terms);
    const node = graph.sum(prior.logDensity(z, conditioned), [0, 1]);
    const trained = parameters.all.filter(({ rate }) => rate !== 'fixed');
    const leaves = [...trained.map((parameter) => parameter.node), z];
    const names = [...trained.map(({ name }) => name), 'z'];
    const gradients = graph.grad(node, leaves);
    const exact = evaluate(gradients, { parameters: all });
    const direction = names.map((name) => uniforms(all[name].length, next, [-1, 1]));
    const along = (step: number): number => {
      const moved = names.map((name, i) => [name, all[name].map((x, j) => x + step * direction[i][j])] as const);
      return evaluate([node], { parameters: { ...all, ...Object.fromEntries(moved) } })[0][0];
    };
    const h = 1e-4;
    const difference = (8 * (along(h) - along(-h)) - (along(2 * h) - along(-2 * h))) / (12 * h);
    expect(exact.reduce((sum, gradient, i) => sum + dot(gradient, direction[i]), 0)).toBeCloseTo(difference, 6);
    const causes = names.flatMap((name, i) => (name.startsWith('causes.') ? [i] : []));
    for (const i of causes) expect(Math.max(...exact[i].map(Math.abs))).toBeGreaterThan(0);
    const outputs = Object.fromEntries(gradients.map((gradient, i) => [names[i], gradient]));
    const run = new PlanRun(compile({ runs: RUNS, entries: { main: { outputs: { ...outputs, node } } } }));
    run.feed({ parameters: all });
    const native = (await run.step('main')).outputs;
    await run.dispose();
    names.forEach((name, i) => {
      expect(worstError(native[name], exact[i])).toBeLessThan(1e-4);
    });
  });
});

/** Returns random gates of 0 and 1. */
function gatesOfAll(next: () => number): Values {
  return { [CAUSE_GATES]: Float64Array.from({ length: RUNS * D * T }, () => Number(next() < 0.6)) };
}
