import { describe, expect, test } from '@jest/globals';
import { compile } from '../src/compile/index.js';
import type { AdamUpdate, EntrySpec } from '../src/compile/index.js';
import * as graph from '../src/graph/index.js';
import type { Node } from '../src/graph/index.js';
import { sizeOf } from '../src/graph/shapes.js';
import { evaluate } from '../src/runtime/reference.js';
import type { Feeds } from '../src/runtime/reference.js';
import { operationCases } from './operation-cases.js';
import { generator, uniforms, worstError } from './numbers.js';
import { PlanInterpreter } from './plan-interpreter.js';

const adam = (parameters: AdamUpdate['parameters']): AdamUpdate => ({
  optimizer: 'adam',
  parameters,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
});

/** Runs one entry of a compiled program in the interpreter and compares its outputs with the reference's. */
function expectSame(runs: number, entry: EntrySpec, feeds: Feeds, tolerance = 1e-9): PlanInterpreter {
  const program = compile({ runs, entries: { main: entry } });
  const interpreter = new PlanInterpreter(program);
  interpreter.feed(feeds);
  const outputs = interpreter.run('main', feeds.step);
  const names = Object.keys(entry.outputs);
  const expected = evaluate(Object.values(entry.outputs), feeds);
  names.forEach((name, i) => {
    expect([name, worstError(outputs[name], expected[i]) < tolerance]).toEqual([name, true]);
    expect(program.entries['main'].outputs[name].shape).toEqual(entry.outputs[name].shape);
  });
  return interpreter;
}

describe('a compiled plan, interpreted, gives what the reference gives', () => {
  test.each(operationCases.map((row): [string, typeof row] => [`${row.op} ${row.title}`, row]))('%s', (title, row) => {
    const next = generator(title.length * 31);
    const nodes = row.shapes.map((shape, i) => graph.parameter(`p${i}`, shape));
    const parameters = Object.fromEntries(
      row.shapes.map((shape, i) => [`p${i}`, uniforms(sizeOf(shape), next, row.range ?? [-2, 2])]),
    );
    const value = row.build(...nodes);
    const outputs: Record<string, Node> = { value };
    if (row.differentiable !== false) {
      graph.grad(graph.square(value), nodes).forEach((slope, i) => (outputs[`slope${i}`] = slope));
    }
    expectSame(1, { outputs }, { parameters });
  });
});
