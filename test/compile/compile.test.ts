import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compile, describePlan, type AdamUpdate, type CompileSpec, type EntrySpec } from '../../src/compile/index.js';
import * as graph from '../../src/graph/index.js';
import type { Node } from '../../src/graph/index.js';
import { topological } from '../../src/graph/node.js';
import { sizeOf } from '../../src/graph/shapes.js';
import { evaluate, type Feeds } from '../../src/graph/reference.js';
import { GOLDEN_STEPS, readGoldenStep } from '../golden/training-step.js';
import { operationCases } from '../operation-cases/index.js';
import { generator, uniforms, worstError } from '../fixtures/numbers.js';
import { KERNELS, PlanInterpreter } from './plan-interpreter.js';
import { RUNS, buildGraph, choices, lossOf } from '../fixtures/random-graphs.js';

const ADAM = { optimizer: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 1e-8 } as const;

function adam(parameters: readonly Node[], gradients: readonly Node[]): AdamUpdate {
  return { ...ADAM, parameters: parameters.map((node, i) => ({ node, gradient: gradients[i], rate: 'weights' })) };
}

/** Runs one entry in the interpreter and compares outputs and gradients with the reference. */
function expectSame(runs: number, entry: EntrySpec, feeds: Feeds): void {
  const program = compile({ runs, kernels: KERNELS, entries: { main: entry } });
  const interpreter = new PlanInterpreter(program);
  interpreter.feed({ ...feeds, controls: { ...feeds.controls, ...(entry.update && { rates: [0, 0] }) } });
  const outputs = interpreter.run('main', feeds.step);
  const names = Object.keys(entry.outputs);
  const updated = entry.update?.parameters ?? [];
  const nodes = [...Object.values(entry.outputs), ...updated.map(({ gradient }) => gradient)];
  const expected = evaluate(nodes, feeds);
  names.forEach((name, i) => {
    expect([name, worstError(outputs[name], expected[i])]).toEqual([name, expect.closeTo(0, 6)]);
    expect(program.entries['main'].outputs[name].shape).toEqual(entry.outputs[name].shape);
  });
  updated.forEach(({ node }, i) => {
    const { offset, shape } = program.parameters[node.label];
    const gradient = interpreter.slabs[1].slice(offset, offset + sizeOf(shape));
    const error = worstError(gradient, expected[names.length + i]);
    expect([node.label, error]).toEqual([node.label, expect.closeTo(0, 6)]);
  });
}

function isUsed(name: string, outputs: Record<string, Node>): boolean {
  return topological(Object.values(outputs)).some((node) => node.operation.name === 'parameter' && node.label === name);
}

describe('a compiled plan gives the results of the reference', () => {
  test.each(operationCases.map((row): [string, typeof row] => [`${row.op} ${row.title}`, row]))('%s', (title, row) => {
    const next = generator(title.length * 31);
    const nodes = row.shapes.map((shape, i) => graph.parameter(`p${i}`, shape));
    const parameters = Object.fromEntries(
      row.shapes.map((shape, i) => [`p${i}`, uniforms(sizeOf(shape), next, row.range ?? [-2, 2])]),
    );
    const value = row.build(...nodes);
    const slopes = row.differentiable === false ? [] : graph.grad(graph.square(value), nodes);
    const outputs = Object.fromEntries([value, ...slopes].map((node, i) => [`output${i}`, node]));
    expectSame(1, { outputs }, { parameters });
  });

  test('random graphs with first and second derivatives', () => {
    fc.assert(
      fc.property(choices, (list) => {
        const { parameters, nodes, values } = buildGraph(list);
        const last = nodes[nodes.length - 1];
        const loss = lossOf(last);
        const gradients = graph.grad(loss, parameters);
        const outputs = { loss, last, inner: nodes[nodes.length >> 1] };
        expectSame(RUNS, { outputs, guard: [loss], update: adam(parameters, gradients) }, { parameters: values });
        const mixture = nodes.some(
          (node) => node.operation.name === 'mixtureLogDensity' || node.operation.name === 'mixtureEpsilon',
        );
        if (mixture) return;
        const penalty = gradients.map(lossOf).reduce((a, b) => graph.add(a, b));
        const second = graph.grad(penalty, parameters);
        expectSame(RUNS, { outputs: { penalty }, update: adam(parameters, second) }, { parameters: values });
      }),
      { numRuns: 150, seed: 7 },
    );
  });

  const square = (name: string): Node => graph.parameter(name, [4, 4]);
  const across = (node: Node): Node => graph.permute(node, [1, 0]);
  const [x, w] = [square('x'), square('w')];
  const wide = graph.concat([graph.exp(x), w], 0);
  const product = graph.matmul(x, w);
  const biased = graph.add(product, graph.parameter('bias', [4, 1]));
  const tricky: [string, Record<string, Node>][] = [
    ['a map does not read its own result in another order', { y: graph.mul(x, across(graph.exp(x))), e: graph.exp(x) }],
    [
      'a map does not read its own result through a piece of a concatenation',
      { y: graph.add(x, graph.slice(wide, 0, 2, 6)), wide },
    ],
    [
      'a map does not overwrite an operand that it reads in another order',
      { y: graph.exp(graph.add(product, across(product))) },
    ],
    ['a sum with two readers is stored', { y: graph.tanh(biased), z: graph.exp(graph.neg(biased)) }],
    ['a product with two readers is stored', { y: graph.tanh(product), z: graph.exp(product) }],
    [
      'a matmul can read a piece of a concatenation',
      { y: graph.concat([product, w], 1), z: graph.matmul(product, product) },
    ],
    ['a piece can occur twice', { y: graph.concat([product, product], 1), product }],
    ['a result can be constant', { y: graph.add(graph.mul(x, 0), 2.5), z: graph.grad(graph.sum(x, [0, 1]), [x])[0] }],
  ];
  test.each(tricky)('%s', (_, outputs) => {
    const next = generator(6);
    const parameters = Object.fromEntries(
      [...Object.entries({ x: 16, w: 16, bias: 4 })].map(([name, size]) => [name, uniforms(size, next, [-1, 1])]),
    );
    const used = Object.fromEntries(Object.entries(parameters).filter(([name]) => isUsed(name, outputs)));
    expectSame(1, { outputs }, { parameters: used });
  });

  test('parameters may share a gradient, have none, or have one that is part of another', () => {
    const [a, b, none, part] = ['a', 'b', 'none', 'part'].map((name) => graph.parameter(name, [2, 3]));
    const whole = graph.exp(graph.concat([graph.add(a, b), part], 1));
    const loss = graph.add(graph.sum(whole, [1]), graph.sum(graph.tanh(graph.mul(a, b)), [1]));
    const both = graph.sum(graph.exp(graph.add(a, b)), [1]);
    const all = [a, b, none, part];
    const parameters = Object.fromEntries(all.map(({ label }, i) => [label, uniforms(6, generator(i), [-1, 1])]));
    expectSame(2, { outputs: { loss, whole }, update: adam(all, graph.grad(loss, all)) }, { parameters });
    expectSame(2, { outputs: { both }, update: adam(all, graph.grad(both, all)) }, { parameters });
  });

  test('gather and random tensors depend on the step', () => {
    const seeds = graph.data('seeds', [2, 2], 'int32');
    const batch = graph.gather(graph.data('x', [5, 3]), graph.data('rows', [1, 2, 4], 'int32'));
    const noise = graph.randomNormal([2, 3, 4], 9, seeds);
    const repeated = graph.randomNormal([2, 3, 4], 9, seeds);
    const other = graph.randomUniform([2, 3, 4], 10, seeds);
    const outputs = { batch, sum: graph.add(graph.mul(batch, noise), other), zero: graph.sub(repeated, noise) };
    const x = Array.from({ length: 15 }, (_, i) => i);
    const feeds = { data: { seeds: [1, 2, -3, 4], x, rows: [0, 1, 2, 3, 4, 3, 2, 1] } };
    for (const step of [0, 1, 4, 2 ** 33]) expectSame(2, { outputs }, { ...feeds, step });
  });

  test('gather reads integers that share slab elements', () => {
    const rows = graph.data('rows', [1, 1, 4], 'int32');
    const scale = { mean: [3, -1, 0], sd: [2, 4, 8] };
    const outputs = {
      bytes: graph.gather(graph.data('bytes', [5, 9], 'uint8'), rows, scale),
      words: graph.gather(graph.data('words', [5, 9], 'int16'), rows),
    };
    const bytes = Array.from({ length: 45 }, (_, i) => (i * 89) % 256);
    const words = bytes.map((value, i) => (value - 128) * 201 + i);
    expectSame(2, { outputs }, { data: { rows: [0, 4, 3, 1], bytes, words } });
    const { data } = compile({ runs: 2, entries: { main: { outputs } } });
    // In the order of use: 45 bytes take 12 elements, 45 words take 23.
    expect([data['bytes'], data['rows'], data['words']].map(({ offset }) => offset)).toEqual([0, 16, 32]);
  });

  test('integer data are refused as an output', () => {
    const outputs = { x: graph.data('x', [5, 9], 'uint8') };
    expect(() => compile({ runs: 1, entries: { main: { outputs } } })).toThrow(
      expect.objectContaining({ code: 'wrong-dtype' }),
    );
  });
});

describe('the compiled training step equals the golden one of PyTorch', () => {
  const steps = GOLDEN_STEPS.flatMap((variant) => [
    { variant, form: 'by its kernels', kernels: KERNELS },
    { variant, form: 'expanded', kernels: new Set<string>() },
  ]);
  test.each(steps)(
    '$variant, the Jacobian penalty $form: loss, gradients, ten Adam steps',
    async ({ variant, kernels }) => {
      const golden = await readGoldenStep(variant);
      const { model, tensors, objective, optimizer } = golden;
      const trained = model.parameters.all.filter((p) => tensors.has(`gradient.${p.name}`));
      const gradients = graph.grad(
        objective.loss,
        trained.map((p) => p.node),
      );
      const parameters = trained.map(({ node, rate }, i) => ({ node, gradient: gradients[i], rate }));
      const [beta1, beta2] = optimizer.betas;
      const update: AdamUpdate = { optimizer: 'adam', parameters, beta1, beta2, epsilon: optimizer.epsilon };
      const entry: EntrySpec = { outputs: { loss: objective.loss }, guard: [objective.loss], update };
      const program = compile({
        runs: golden.sizes.runs,
        rates: ['weights', 'gates'],
        kernels,
        entries: { step: entry },
      });
      const interpreter = new PlanInterpreter(program);
      const initial = Object.fromEntries(trained.map((p) => [p.name, tensors.get(`initial.${p.name}`)!.values]));
      interpreter.feed({ parameters: initial, controls: { rates: [optimizer.rate, optimizer.gateRate, 0] } });
      for (let step = 0; step < optimizer.steps; step++) {
        interpreter.feed({ data: golden.inputs(step) });
        const { loss } = interpreter.run('step', step);
        if (step > 0) continue;
        expect(worstError(loss, tensors.get('loss')!.values)).toBeLessThan(1e-6);
        for (const { name } of trained) {
          const { offset, shape } = program.parameters[name];
          const gradient = interpreter.slabs[1].slice(offset, offset + sizeOf(shape));
          expect([name, worstError(gradient, tensors.get(`gradient.${name}`)!.values) < 1e-6]).toEqual([name, true]);
        }
      }
      for (const { name } of trained) {
        const { offset, shape } = program.parameters[name];
        const final = interpreter.slabs[0].slice(offset, offset + sizeOf(shape));
        expect([name, worstError(final, tensors.get(`after.${name}`)!.values) < 1e-5]).toEqual([name, true]);
      }
    },
  );
});

describe('the description of a compiled program', () => {
  const weights = graph.parameter('weights', [2, 3]);
  const scale = graph.control('scale', [2]);
  const loss = graph.sum(graph.mul(graph.square(weights), graph.reshape(scale, [2, 1])), [1]);
  const spec: CompileSpec = {
    runs: 2,
    entries: {
      step: { outputs: { loss }, guard: [loss], update: adam([weights], graph.grad(loss, [weights])) },
      evaluate: { outputs: { weights, both: graph.concat([weights, graph.constant([1, 2, 3, 4], [2, 2])], 1) } },
      unused: { outputs: { rows: graph.gather(graph.data('x', [4, 1]), graph.data('index', [1, 1, 2], 'int32')) } },
    },
  };
  const program = compile(spec);

  test('contains names, places and sizes', () => {
    expect(Object.keys(program.entries)).toEqual(['step', 'evaluate', 'unused']);
    expect(program.entries['evaluate']).toEqual({
      index: 1,
      outputs: { weights: { offset: 0, shape: [2, 3] }, both: { offset: 6, shape: [2, 5] } },
      outputSize: 16,
      tiles: 1,
    });
    expect(program.parameters).toEqual({ weights: { offset: 0, shape: [2, 3] } });
    expect(Object.keys(program.controls)).toEqual(['scale', 'alive', 'rates']);
    expect(program.controls['rates'].shape).toEqual([2]);
    expect(program.rates).toEqual(['weights']);
    expect(program.data['index'].dtype).toBe('int32');
    expect(program.memory.moments).toBe(2 * program.memory.parameters);
    const places = [program.parameters, program.data, program.controls].flatMap((kind) => Object.values(kind));
    for (const { offset } of [...places, ...program.constants]) expect(offset % 16).toBe(0);
  });

  test('an output that is a parameter is recorded before the update', () => {
    const entry = spec.entries['step'];
    const both = compile({ runs: 2, entries: { step: { ...entry, outputs: { loss, weights } } } });
    const interpreter = new PlanInterpreter(both);
    const values = [1, 2, 3, 4, 5, 6];
    interpreter.feed({ parameters: { weights: values }, controls: { scale: [1, 2], rates: [0.5, 0] } });
    expect([...interpreter.run('step')['weights']]).toEqual(values);
    expect(interpreter.slabs[0][0]).toBeCloseTo(0.5, 6);
  });

  test('a run whose loss is not finite is masked, and its parameters do not change', () => {
    const interpreter = new PlanInterpreter(program);
    const values = [1, 2, NaN, 4, 5, 6];
    interpreter.feed({ parameters: { weights: values }, controls: { scale: [1, 2], rates: [0.5, 0] } });
    interpreter.run('step');
    expect([
      ...interpreter.slabs[4].slice(program.controls['alive'].offset, program.controls['alive'].offset + 2),
    ]).toEqual([0, 1]);
    expect([...interpreter.slabs[0].slice(0, 3)]).toEqual([1, 2, NaN]);
    expect(interpreter.slabs[0][3]).toBeCloseTo(3.5, 6);
  });

  test('the text names kernels, operands and outputs', () => {
    const text = describePlan(program.plan);
    expect(text).toContain('entry step: 4 kernels');
    expect(text).toMatch(/reduce {2}sum/);
    expect(text).toMatch(/adam {2}adam/);
    expect(text).toContain('output loss: activations[');
  });

  test.each<[string, string, () => unknown]>([
    ['name-conflict', '"weights" names two different tensors', () => compile(conflict())],
    ['unknown-rate', 'rate group "weights"', () => compile({ ...spec, rates: ['gates'] })],
    ['out-of-range', 'runs must be', () => compile({ ...spec, runs: 0 })],
    ['shape-mismatch', 'must have 3 runs as its first axis', () => compile({ ...spec, runs: 3 })],
    ['not-a-parameter', 'only parameters', () => compile(updating(scale, scale))],
    ['shape-mismatch', 'the gradient of "weights"', () => compile(updating(weights, loss))],
    ['name-conflict', 'control "alive" is reserved by the engine', () => compile(withAlive())],
  ])('%s: %s', (code, message, run) => {
    expect(run).toThrow(expect.objectContaining({ code }));
    expect(run).toThrow(message);
  });

  function conflict(): CompileSpec {
    return {
      runs: 2,
      entries: { a: { outputs: { weights } }, b: { outputs: { w: graph.parameter('weights', [2, 4]) } } },
    };
  }
  function updating(node: Node, gradient: Node): CompileSpec {
    return { runs: 2, entries: { step: { outputs: { loss }, update: adam([node], [gradient]) } } };
  }
  function withAlive(): CompileSpec {
    return { runs: 2, entries: { a: { outputs: { x: graph.control('alive', [3]) } } } };
  }
});
