// Blocks: every tile of every run is computed separately, and means over tiles are recorded and trained on
// (docs/explanation/engine.md, "Blocks").

import { afterEach, describe, expect, test } from '@jest/globals';
import { compile, type EntrySpec } from '../../src/compile/index.js';
import { decodePlan } from '../../src/compile/decode.js';
import * as graph from '../../src/graph/index.js';
import type { Node } from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import { sizeOf } from '../../src/graph/shapes.js';
import { BACKENDS } from '../fixtures/backends.js';
import { PlanRun } from '../fixtures/plan-run.js';
import { generator, relativeError, single, uniforms } from '../fixtures/numbers.js';

const [RUNS, TILES, TILE, ROWS, FEATURES] = [3, 4, 5, 60, 2];
const BATCH = TILES * TILE;
const STEPS = ROWS / BATCH;

const next = generator(15);
const values = {
  parameters: {
    weight: uniforms(RUNS * FEATURES, next, [-1, 1]).map(Math.fround),
    offset: uniforms(RUNS, next, [-1, 1]).map(Math.fround),
  },
  data: {
    x: uniforms(ROWS * FEATURES, next, [-1, 1]).map(Math.fround),
    order: Array.from({ length: ROWS }, (_, i) => (i * 7) % ROWS),
  },
};

/** Returns a squared error per subject, its mean over the batch and its gradients. The index has one row per tile. */
function regression(tiles: number): { entry: EntrySpec; weight: Node; offset: Node } {
  const order = graph.data('order', [1, (ROWS * tiles) / BATCH, BATCH / tiles], 'int32');
  const batch = graph.gather(graph.data('x', [ROWS, FEATURES]), order);
  const weight = graph.parameter('weight', [RUNS, 1, FEATURES]);
  const offset = graph.parameter('offset', [RUNS, 1, 1]);
  const error = graph.sub(graph.matmul(weight, batch), offset);
  const loss = graph.mean(graph.square(error), [1, 2]);
  const [byWeight, byOffset] = graph.grad(loss, [weight, offset]);
  const entry: EntrySpec = {
    tiles,
    outputs: { loss },
    guard: [loss],
    update: {
      ...{ optimizer: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 1e-8 },
      parameters: [
        { node: weight, gradient: byWeight, rate: 'weights' },
        { node: offset, gradient: byOffset, rate: 'weights' },
      ],
    },
  };
  return { entry, weight, offset };
}

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

  async function train(
    tiles: number,
    threads: number,
  ): Promise<{ losses: number[][]; gradients: Float32Array; parameters: Float32Array }> {
    const run = start(RUNS, regression(tiles).entry, threads);
    run.feed({ ...values, controls: { rates: [0.05, 0] } });
    const losses: number[][] = [];
    for (let step = 0; step < 2 * STEPS; step++) losses.push([...(await run.step('main', step)).outputs['loss']]);
    return { losses, gradients: await run.slab('gradients'), parameters: await run.slab('parameters') };
  }

  describe('tiles of a mini-batch', () => {
    test('outputs, gradients and trained parameters equal those of the whole mini-batch', async () => {
      const [tiled, whole] = [await train(TILES, 1), await train(1, 1)];
      tiled.losses.flat().forEach((loss, i) => expect(loss).toBeCloseTo(whole.losses.flat()[i], 6));
      [...tiled.parameters].forEach((value, i) => expect(value).toBeCloseTo(whole.parameters[i], 5));
      const { entry } = regression(1);
      const [first] = evaluate([entry.outputs['loss']], { ...values, step: 0 });
      tiled.losses[0].forEach((loss, run) => expect(loss).toBeCloseTo(first[run], 6));
      expect(new Set(tiled.losses.map(String)).size).toBe(2 * STEPS);
    });

    test('results are equal to the bit whether workers share blocks or the tasks of one block', async () => {
      const alone = await train(TILES, 1);
      // 12 blocks: up to 12 workers share whole blocks, more workers share tasks.
      for (const threads of [2, 5, 13]) expect(await train(TILES, threads)).toEqual(alone);
    });

    test('noise is new in every tile, or the same in all tiles if `sharedByTiles` is set', async () => {
      const seeds = graph.data('seeds', [2, 2], 'int32');
      const draws = async (sharedByTiles: boolean): Promise<Float32Array> => {
        const uniform = graph.randomUniform([2, 7], 3, seeds, { sharedByTiles });
        const run = start(2, { tiles: 3, outputs: { uniform } }, 2);
        run.feed({ data: { seeds: [1, 2, 3, 4] } });
        return (await run.step('main', 9)).outputs['uniform'];
      };
      const [single] = evaluate([graph.randomUniform([2, 7], 3, seeds)], { data: { seeds: [1, 2, 3, 4] }, step: 9 });
      (await draws(true)).forEach((value, i) => expect(value).toBeCloseTo(single[i], 6));
      const means = await draws(false);
      expect(means.every((value, i) => Math.abs(value - single[i]) > 1e-3)).toBe(true);
    });
  });

  test('a whole mini-batch in parts gets the noise of its tiles', async () => {
    const seeds = graph.data('seeds', [RUNS, 2], 'int32');
    const squares = async (tiles: number, parts: number): Promise<Float32Array> => {
      const noise = graph.randomNormal([RUNS, FEATURES, BATCH / tiles], 3, seeds, { parts });
      const run = start(RUNS, { tiles, outputs: { loss: graph.mean(graph.square(noise), [1, 2]) } });
      run.feed({ data: { seeds: [1, 2, 3, 4, 5, 6] } });
      return (await run.step('main', 1)).outputs['loss'];
    };
    const tiled = await squares(TILES, 1);
    (await squares(1, TILES)).forEach((loss, run) => expect(loss).toBeCloseTo(tiled[run], 6));
    // Parts of tiles have the same noise, and a batch without parts has other noise.
    (await squares(2, 2)).forEach((loss, run) => expect(loss).toBeCloseTo(tiled[run], 6));
    expect((await squares(1, 1))[0]).not.toBeCloseTo(tiled[0], 3);
  });

  describe('errors in a block', () => {
    test('a run that fails in its last tile is masked and reported with its tensor; other runs continue', async () => {
      const { entry } = regression(TILES);
      for (const threads of [1, 2]) {
        const run = start(RUNS, entry, threads);
        const x = values.data.x.slice();
        // Only the last tile of step 0 contains this subject, and only run 1 reads the value that overflows when
        // squared.
        x[values.data.order[BATCH - 1] * FEATURES] = 1e30;
        const weight = values.parameters.weight.map((value, i) => (i % FEATURES === 0 && i !== FEATURES ? 0 : value));
        run.feed({
          parameters: { ...values.parameters, weight },
          data: { ...values.data, x },
          controls: { rates: [0, 0] },
        });
        const { failures } = await run.step('main', 0);
        expect(failures).toEqual([expect.objectContaining({ run: 1, step: 0 })]);
        expect(failures[0].label).not.toMatch(/guard|average/);
        expect([...(await run.slab('controls')).slice(run.compiled.controls['alive'].offset)].slice(0, RUNS)).toEqual([
          1, 0, 1,
        ]);
      }
    });

    test('the mean of Jacobians and its gradient equal those of the whole mini-batch, run by run', async () => {
      const [parents, size, hidden] = [3, 2, 5];
      const leaf = (name: string, ...shape: number[]): Node => graph.parameter(name, [RUNS, 2, ...shape]);
      const weights = [leaf('w0', hidden, parents), leaf('w1', hidden, hidden), leaf('w2', size, hidden)] as const;
      const projections = [leaf('s', size, FEATURES), leaf('h', hidden, FEATURES)];
      const draw = generator(31);
      const parameters = Object.fromEntries(
        [...weights, ...projections].map(({ label, shape }) => [label, single(uniforms(sizeOf(shape), draw, [-1, 1]))]),
      );
      const outputsOf = (tiles: number): Record<string, Node> => {
        const order = graph.data('order', [1, (ROWS * tiles) / BATCH, BATCH / tiles], 'int32');
        const batch = graph.gather(graph.data('x', [ROWS, FEATURES]), order);
        const x = graph.reshape(batch, [1, 1, FEATURES, BATCH / tiles]);
        const [s, h] = projections.map((projection) => graph.matmul(projection, x));
        const strengths = graph.meanAbsJacobian(s, graph.tanh(h), graph.neg(h), [...weights], 0.2);
        const loss = graph.sum(strengths, [1, 2]);
        const gradients = graph.grad(loss, [...weights, ...projections]);
        return { strengths, ...Object.fromEntries(gradients.map((gradient, i) => [`gradient${i}`, gradient])) };
      };
      const whole = outputsOf(1);
      const feeds = { parameters, data: values.data };
      const expected = evaluate(Object.values(whole), { ...feeds, step: 1 });
      for (const tiles of [1, TILES]) {
        const run = start(RUNS, { tiles, outputs: outputsOf(tiles) }, 2);
        run.feed(feeds);
        const { outputs } = await run.step('main', 1);
        Object.keys(whole).forEach((name, i) => {
          expect([name, relativeError(outputs[name], expected[i]) < 1e-5]).toEqual([name, true]);
        });
        const [entry] = decodePlan(run.compiled.plan).entries;
        expect(entry.blockKernels).toBeGreaterThan(0);
      }
    });

    test('a row that does not exist ends the call with one error that names its place', async () => {
      for (const threads of [1, 2]) {
        const run = start(RUNS, regression(TILES).entry, threads);
        const order = values.data.order.slice();
        order[TILE + 2] = ROWS;
        run.feed({ parameters: values.parameters, data: { ...values.data, order }, controls: { rates: [0, 0] } });
        await expect(run.step('main', 0)).rejects.toThrow(
          expect.objectContaining({
            code: 'index-out-of-range',
            message: expect.stringContaining(`row ${ROWS} was requested at column 2 of batch 1, run 0`),
          }),
        );
      }
    });
  });

  describe('blocks of the compiler', () => {
    const x = graph.parameter('x', [RUNS, 4]);

    test('every run is a block, whose tensors take the memory of one run', () => {
      const { plan, memory } = compile({
        runs: RUNS,
        entries: { main: { outputs: { y: graph.sum(graph.tanh(x), [1]) } } },
      });
      const [entry] = decodePlan(plan).entries;
      expect(entry.blockKernels).toBe(entry.kernels.length);
      expect(memory.planned).toBeLessThanOrEqual(16 * 4);
    });

    const inputs = { x: uniforms(RUNS * 4, next, [-1, 1]).map(Math.fround) };
    const three = graph.constant([1, 2, 3], [RUNS, 1]);
    const limits = { logScaleMin: -2, logScaleMax: 2 };
    const theta = graph.constant(
      Array.from({ length: RUNS * 3 * 4 }, (_, i) => Math.fround(Math.sin(i))),
      [RUNS, 3, 4],
    );
    const tangled: [string, () => Node][] = [
      ['a constant of each run', () => graph.mul(x, graph.broadcastTo(three, [RUNS, 4]))],
      ['a constant that is added', () => graph.add(graph.mul(x, 2), three)],
      [
        'a leaf whose only axis has as many elements as there are runs',
        () => graph.broadcastTo(graph.slice(graph.reshape(x, [RUNS * 4]), 0, 2, 2 + RUNS), [RUNS, RUNS]),
      ],
      ['a flow with parameters of each run', () => graph.mixtureLogDensity(x, theta, limits)],
      ['runs in another order', () => graph.concat([graph.slice(x, 0, 1, RUNS), graph.slice(x, 0, 0, 1)], 0)],
      ['runs as columns', () => graph.permute(graph.tanh(graph.permute(x, [1, 0])), [1, 0])],
      ['runs in a product', () => graph.matmul(x, graph.tanh(x), { transB: true })],
      ['repeated for every run', () => graph.add(x, graph.broadcastTo(graph.constant([1, 2, 3, 4], [4]), [RUNS, 4]))],
    ];

    test.each(tangled)('%s: each run receives the values of that run', async (_, build) => {
      const value = build();
      const loss = graph.sum(graph.square(value), [1]);
      const [slope] = graph.grad(graph.sum(loss, [0]), [x]);
      const run = start(RUNS, { outputs: { value, slope } }, 2);
      run.feed({ parameters: inputs });
      const expected = evaluate([value, slope], { parameters: inputs });
      const { outputs } = await run.step('main');
      outputs['value'].forEach((element, i) => expect(element).toBeCloseTo(expected[0][i], 4));
      outputs['slope'].forEach((element, i) => expect(element).toBeCloseTo(expected[1][i], 4));
    });

    test('a gradient that does not depend on a run is written to its place, and nothing else is', async () => {
      const y = graph.parameter('y', [RUNS, 4]);
      const loss = graph.add(
        graph.sum(
          graph.mul(
            x,
            graph.constant(
              Float32Array.from({ length: RUNS * 4 }, (_, i) => i),
              [RUNS, 4],
            ),
          ),
          [1],
        ),
        graph.sum(graph.square(y), [1]),
      );
      const gradients = graph.grad(loss, [x, y]);
      const run = start(RUNS, {
        outputs: {},
        update: {
          ...{ optimizer: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 1e-8 },
          parameters: [x, y].map((node, i) => ({ node, gradient: gradients[i], rate: 'weights' })),
        },
      });
      const parameters = { x: inputs.x, y: inputs.x };
      run.feed({ parameters, controls: { rates: [0, 0] } });
      await run.step('main');
      const expected = evaluate(gradients, { parameters });
      const slab = await run.slab('gradients');
      [x, y].forEach((node, i) => {
        const { offset } = run.compiled.parameters[node.label];
        const values = slab.subarray(offset, offset + RUNS * 4);
        values.forEach((value, element) => expect(value).toBeCloseTo(expected[i][element], 5));
      });
      expect(await run.strayWrites('main')).toEqual([]);
    });

    test('tiles do not touch the gradients of parameters that are not trained', async () => {
      const { entry, offset } = regression(TILES);
      const { update } = entry;
      const part = { ...update!, parameters: update!.parameters.filter(({ node }) => node !== offset) };
      const run = start(RUNS, { ...entry, outputs: { ...entry.outputs, offset }, update: part });
      run.feed({ ...values, controls: { rates: [0, 0] } });
      const at = run.compiled.parameters['offset'].offset;
      const before = (await run.slab('gradients')).slice(at, at + RUNS);
      await run.step('main');
      expect((await run.slab('gradients')).slice(at, at + RUNS)).toEqual(before);
    });

    test('an index without enough rows for whole steps is refused', () => {
      const order = graph.data('order', [1, 5, TILE], 'int32');
      const batch = graph.gather(graph.data('x', [ROWS, FEATURES]), order);
      expect(() => compile({ runs: 1, entries: { main: { tiles: 2, outputs: { batch } } } })).toThrow(
        expect.objectContaining({ code: 'out-of-range' }),
      );
    });

    test('an entry that mixes runs is one block, and cannot have tiles', async () => {
      const outputs = { total: graph.sum(graph.tanh(x), [0]) };
      const run = start(RUNS, { outputs });
      run.feed({ parameters: inputs });
      const [expected] = evaluate([outputs.total], { parameters: inputs });
      (await run.step('main')).outputs['total'].forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
      expect(() => compile({ runs: RUNS, entries: { main: { tiles: 2, outputs } } })).toThrow(
        expect.objectContaining({ code: 'mixed-runs', message: expect.stringContaining('sum "sum" mixes runs') }),
      );
      expect(() => compile({ runs: RUNS, entries: { main: { tiles: 0, outputs } } })).toThrow(
        expect.objectContaining({ code: 'out-of-range' }),
      );
    });
  });
});
