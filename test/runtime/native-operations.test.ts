// Compares whole graphs, golden training steps and operations on integers on every native backend with the float64
// reference.

import { afterEach, describe, expect, test } from '@jest/globals';
import { compile, type AdamUpdate, type EntrySpec } from '../../src/compile/index.js';
import * as graph from '../../src/graph/index.js';
import type { Node } from '../../src/graph/index.js';
import { sizeOf } from '../../src/graph/shapes.js';
import { normalQuantile } from '../../src/graph/special.js';
import { uniformAt } from '../../src/random/philox.js';
import { evaluate, type Feeds } from '../../src/graph/reference.js';
import { GOLDEN_STEPS, readGoldenStep } from '../golden/training-step.js';
import { generator, relativeError, single, uniforms } from '../fixtures/numbers.js';
import { BACKENDS } from '../fixtures/backends.js';
import { PlanRun } from '../fixtures/plan-run.js';
import { buildGraph, choices, lossOf, RUNS } from '../fixtures/random-graphs.js';
import fc from 'fast-check';

/** Single precision has errors of about 1e-7 per operation; sums and steep functions have slightly larger ones. */
const TOLERANCE = 1e-5;

describe.each(BACKENDS)('on $title', ({ device, load }) => {
  const started: PlanRun[] = [];

  function start(runs: number, entry: EntrySpec, threads = 1): PlanRun {
    const run = new PlanRun(compile({ runs, kernels: device.kernels, entries: { main: entry } }), {
      ...{ device, load, threads },
    });
    started.push(run);
    return run;
  }

  afterEach(async () => {
    await Promise.all(started.splice(0).map((run) => run.dispose()));
  });

  describe('whole graphs', () => {
    const adam = (parameters: readonly Node[], gradients: readonly Node[]): AdamUpdate => ({
      optimizer: 'adam',
      parameters: parameters.map((node, i) => ({ node, gradient: gradients[i], rate: 'weights' })),
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
    });

    test('random graphs have the outputs and gradients of the reference, and kernels write nothing else', async () => {
      await fc.assert(
        fc.asyncProperty(choices, async (list) => {
          const { parameters, nodes, values } = buildGraph(list);
          const loss = lossOf(nodes[nodes.length - 1]);
          const gradients = graph.grad(loss, parameters);
          const run = start(RUNS, { outputs: { loss }, guard: [loss], update: adam(parameters, gradients) });
          const rounded = Object.fromEntries(Object.entries(values).map(([name, exact]) => [name, single(exact)]));
          run.feed({ parameters: rounded, controls: { rates: [0, 0] } });
          const { outputs, failures } = await run.step('main');
          const [expected, ...slopes] = evaluate([loss, ...gradients], { parameters: rounded });
          expect(failures).toEqual([]);
          expect(relativeError(outputs['loss'], expected)).toBeLessThan(1e-4);
          const slab = await run.slab('gradients');
          parameters.forEach((node, i) => {
            const { offset, shape } = run.compiled.parameters[node.label];
            expect(relativeError(slab.subarray(offset, offset + sizeOf(shape)), slopes[i])).toBeLessThan(1e-4);
          });
          expect(await run.strayWrites('main')).toEqual([]);
        }),
        // The shaders of a graph are compiled for it alone, so WebGPU gets fewer runs.
        { numRuns: { cpu: 100, cuda: 40, webgpu: 15 }[device.backend], seed: 11 },
      );
    });

    const expanded = new Set<string>();
    test.each(
      GOLDEN_STEPS.flatMap((variant) => [
        { variant, form: 'with the kernels of the backend', kernels: device.kernels },
        ...(device.kernels.size > 0 && variant !== 'gates' ? [{ variant, form: 'expanded', kernels: expanded }] : []),
      ]),
    )(
      'golden step $variant, the Jacobian penalty $form: loss, gradients, ten Adam steps',
      async ({ variant, kernels }) => {
        const golden = await readGoldenStep(variant);
        const { model, tensors, objective, optimizer } = golden;
        const trained = model.parameters.all.filter((p) => tensors.has(`gradient.${p.name}`));
        const gradients = graph.grad(
          objective.loss,
          trained.map((p) => p.node),
        );
        const [beta1, beta2] = optimizer.betas;
        const update: AdamUpdate = {
          optimizer: 'adam',
          parameters: trained.map(({ node, rate }, i) => ({ node, gradient: gradients[i], rate })),
          beta1,
          beta2,
          epsilon: optimizer.epsilon,
        };
        const entry: EntrySpec = { outputs: { loss: objective.loss }, guard: [objective.loss], update };
        const spec = { runs: golden.sizes.runs, rates: ['weights', 'gates'], kernels, entries: { step: entry } };
        const parameters = Object.fromEntries(trained.map((p) => [p.name, tensors.get(`initial.${p.name}`)!.values]));
        // The emulation is slow. A fit (test/training/fit-on-cuda) checks that a GPU gives the same bits again.
        const finals: Float32Array[] = [];
        for (const threads of device.backend === 'cpu' ? [1, 2] : [1]) {
          const run = new PlanRun(compile(spec), { device, load, threads });
          started.push(run);
          run.feed({ parameters, controls: { rates: [optimizer.rate, optimizer.gateRate, 0] } });
          for (let step = 0; step < optimizer.steps; step++) {
            run.feed({ data: golden.inputs(step) });
            const { outputs, failures } = await run.step('step', step);
            expect(failures).toEqual([]);
            if (step > 0) continue;
            expect(relativeError(outputs['loss'], tensors.get('loss')!.values)).toBeLessThan(TOLERANCE);
            const slab = await run.slab('gradients');
            for (const { name } of trained) {
              const { offset, shape } = run.compiled.parameters[name];
              const gradient = slab.subarray(offset, offset + sizeOf(shape));
              const error = relativeError(gradient, tensors.get(`gradient.${name}`)!.values);
              expect([name, error < TOLERANCE]).toEqual([name, true]);
            }
          }
          expect(await run.strayWrites('step')).toEqual([]);
          const after = await run.slab('parameters');
          for (const { name } of trained) {
            const { offset, shape } = run.compiled.parameters[name];
            const error = relativeError(
              after.subarray(offset, offset + sizeOf(shape)),
              tensors.get(`after.${name}`)!.values,
            );
            expect([name, error < 1e-4]).toEqual([name, true]);
          }
          finals.push(after);
        }
        expect(finals.at(-1)).toEqual(finals[0]);
      },
    );
  });

  describe('kernels that read integers, and the guard', () => {
    const seeds = graph.data('seeds', [2, 2], 'int32');
    const keys = [1, -2, 2 ** 31 - 1, 77];

    test('uniform numbers equal the reference generator’s to the bit; normal ones are their quantiles', async () => {
      const outputs = {
        uniform: graph.randomUniform([2, 3, 43], 70000, seeds),
        normal: graph.randomNormal([2, 129], 70000, seeds),
      };
      const run = start(2, { outputs }, 2);
      run.feed({ data: { seeds: keys } });
      for (const step of [0, 5, 2 ** 32 + 1]) {
        const { uniform, normal } = (await run.step('main', step)).outputs;
        const expected = Float32Array.from({ length: 258 }, (_, i) => {
          const at = 2 * Math.floor(i / 129);
          return uniformAt({ low: keys[at], high: keys[at + 1] }, step, 70000, i % 129);
        });
        expect(uniform).toEqual(expected);
        const reference = evaluate([outputs.normal], { data: { seeds: keys }, step });
        expect(relativeError(normal, reference[0])).toBeLessThan(1e-6);
      }
    });

    test('parts of the columns have the noise of the same number of tiles', async () => {
      const normal = graph.randomNormal([2, 5, 21], 9, seeds, { parts: 3 });
      const run = start(2, { outputs: { normal } }, 2);
      run.feed({ data: { seeds: keys } });
      const actual = (await run.step('main', 4)).outputs['normal'];
      // The 35 numbers of a tile take nine blocks of four.
      const expected = Float64Array.from({ length: 210 }, (_, i) => {
        const [at, row, column] = [2 * Math.floor(i / 105), Math.floor(i / 21) % 5, i % 21];
        const number = Math.floor(column / 7) * 36 + row * 7 + (column % 7);
        return normalQuantile(uniformAt({ low: keys[at], high: keys[at + 1] }, 4, 9, number));
      });
      expect(relativeError(actual, expected)).toBeLessThan(1e-6);
      const [reference] = evaluate([normal], { data: { seeds: keys }, step: 4 });
      expect([...reference]).toEqual([...expected]);
      expect(() => graph.randomNormal([2, 5, 21], 9, seeds, { parts: 4 })).toThrow(
        expect.objectContaining({ code: 'out-of-range' }),
      );
    });

    test('gather takes the batch of the step and refuses an index outside the data', async () => {
      const batch = graph.gather(graph.data('x', [7, 3]), graph.data('rows', [2, 2, 5], 'int32'));
      const x = uniforms(21, generator(4), [-1, 1]).map(Math.fround);
      const rows = [0, 6, 1, 2, 3, 4, 5, 6, 0, 1, 2, 2, 2, 2, 2, 6, 5, 4, 3, 2];
      const run = start(2, { outputs: { batch } });
      run.feed({ data: { x, rows } });
      for (const step of [0, 1, 2, 9]) {
        const [expected] = evaluate([batch], { data: { x, rows }, step });
        expect([...(await run.step('main', step)).outputs['batch']]).toEqual([...expected]);
      }
      for (const wrong of [7, -1]) {
        run.feed({ data: { rows: [0, 6, 1, wrong, ...rows.slice(4)] } });
        await expect(run.step('main')).rejects.toThrow(expect.objectContaining({ code: 'index-out-of-range' }));
      }
    });

    test.each([
      ['uint8', [0, 255]],
      ['int16', [-(2 ** 15), 2 ** 15 - 1]],
      ['float32', [-3, 3]],
    ] as const)('gather standardises channels of %s', async (type, [low, high]) => {
      // 7 rows of 3 channels of 5 positions: the number of bytes is not a whole number of elements.
      const rows = graph.data('rows', [2, 2, 5], 'int32');
      const scale = { mean: [100, -3, 0.25], sd: [50, 7, 0.5] };
      const outputs = {
        standardised: graph.gather(graph.data('x', [7, 15], type), rows, scale),
        raw: graph.gather(graph.data('x', [7, 15], type), rows),
      };
      const data = {
        x: uniforms(105, generator(6), [low, high + 1]).map(type === 'float32' ? Math.fround : Math.floor),
        rows: [0, 6, 1, 2, 3, 4, 5, 6, 0, 1, 2, 2, 2, 2, 2, 6, 5, 4, 3, 2],
      };
      const run = start(2, { outputs }, 2);
      run.feed({ data });
      for (const step of [0, 1]) {
        const [standardised, raw] = evaluate([outputs.standardised, outputs.raw], { data, step });
        const actual = (await run.step('main', step)).outputs;
        expect(relativeError(actual['standardised'], standardised)).toBeLessThan(3e-7);
        expect([...actual['raw']]).toEqual([...raw]);
      }
      run.feed({ data: { rows: new Array<number>(20).fill(7) } });
      await expect(run.step('main')).rejects.toThrow(expect.objectContaining({ code: 'index-out-of-range' }));
    });

    test('a run that is not finite is reported with its first such tensor; other runs continue', async () => {
      const weights = graph.parameter('weights', [3, 4]);
      const inner = graph.withScope('inner', () =>
        graph.exp(graph.mul(graph.matmul(weights, graph.permute(weights, [1, 0])), 1)),
      );
      const product = graph.withScope('head', () => graph.sum(graph.log(graph.sub(weights, 1)), [1]));
      const loss = graph.add(product, graph.mul(graph.sum(inner, [1]), 0));
      const update: AdamUpdate = {
        optimizer: 'adam',
        parameters: [{ node: weights, gradient: graph.grad(loss, [weights])[0], rate: 'weights' }],
        beta1: 0.9,
        beta2: 0.99,
        epsilon: 1e-8,
      };
      const run = start(3, { outputs: { loss }, guard: [loss], update });
      const initial = [2, 3, 4, 5, 2, 0.5, 2, 2, 7, 7, 7, 7];
      run.feed({ parameters: { weights: initial }, controls: { rates: [0.25, 41] } });
      const { failures } = await run.step('main', 41);
      expect(failures).toEqual([{ run: 1, step: 41, label: 'head/sum' }]);
      const after = await run.slab('parameters');
      expect([...after.slice(4, 8)]).toEqual(initial.slice(4, 8));
      for (const i of [0, 1, 2, 3, 8, 9, 10, 11]) expect(after[i]).toBeCloseTo(initial[i] - 0.25, 5);
      expect((await run.step('main', 42)).failures).toEqual([]);
    });
  });

  test('one and two threads give the same bits', async () => {
    const next = generator(8);
    const shapes = { w: [3, 96, 70], x: [1, 70, 250], bias: [3, 96, 1] };
    const [w, x, bias] = Object.entries(shapes).map(([name, shape]) => graph.parameter(name, shape));
    const hidden = graph.tanh(graph.add(graph.matmul(w, x), bias));
    const noise = graph.randomNormal([3, 96, 250], 1, graph.data('seeds', [3, 2], 'int32'));
    const loss = graph.sum(graph.softplus(graph.mul(hidden, noise)), [1, 2]);
    const [slopeW, slopeX] = graph.grad(loss, [w, x]);
    const outputs = { loss, slopeW, slopeX, maximum: graph.max(hidden, [1, 2]), rows: graph.sum(hidden, [1]) };
    const parameters = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, uniforms(sizeOf(shape), next, [-0.3, 0.3])]),
    );
    const feeds: Feeds = { parameters, data: { seeds: [1, 2, 3, 4, 5, 6] } };
    const [one, two] = await Promise.all(
      [1, 2].map(async (threads) => {
        const run = start(3, { outputs }, threads);
        run.feed(feeds);
        return (await run.step('main', 3)).outputs;
      }),
    );
    expect(two).toEqual(one);
    expect(one['loss'].every(Number.isFinite)).toBe(true);
  });
});
