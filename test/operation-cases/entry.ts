// A case as a program's entry, and how far its results may be off.

import * as graph from '../../src/graph/index.js';
import type { Node } from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import { sizeOf } from '../../src/graph/shapes.js';
import { generator, single, uniforms } from '../numbers.js';
import type { OperationCase } from './case.js';

/** Single precision leaves about 1e-7 per operation; sums and steep functions lose a little more. */
export function singleTolerance({ singleTolerance: own = 1e-5 }: OperationCase): number {
  return own;
}

/** A row as the outputs of one entry, with values for its parameters that single precision holds exactly. */
export function operationEntry(row: OperationCase): {
  outputs: Record<string, Node>;
  parameters: Record<string, Float64Array>;
} {
  const next = generator(`${row.op} ${row.title}`.length * 271);
  const nodes = row.shapes.map((shape, i) => graph.parameter(`p${i}`, shape));
  const parameters = Object.fromEntries(
    row.shapes.map((shape, i) => [`p${i}`, single(uniforms(sizeOf(shape), next, row.range ?? [-2, 2]))]),
  );
  return { outputs: outputsOf(row, nodes), parameters };
}

/** Values, gradients and second derivatives of a case, as the outputs of one entry. */
function outputsOf(row: OperationCase, nodes: readonly Node[]): Record<string, Node> {
  const value = row.build(...nodes);
  const outputs: Record<string, Node> = { value };
  if (row.differentiable === false) return outputs;
  const slopes = graph.grad(graph.square(value), nodes);
  slopes.forEach((slope, i) => (outputs[`slope${i}`] = slope));
  if (row.twice === false) return outputs;
  const penalty = slopes.map((slope) => graph.sum(graph.square(slope), [...slope.shape.keys()]));
  graph
    .grad(
      penalty.reduce((a, b) => graph.add(a, b)),
      nodes,
    )
    .forEach((slope, i) => (outputs[`second${i}`] = slope));
  return outputs;
}

/**
 * Factors that were rounded on the way to a result: two per product, of which slopes take a second and their slopes two
 * more.
 */
const ROUNDINGS = { value: 2, slope: 4, second: 8 };

/**
 * How far each element of each output of a matmul case may be off when products round their factors by at most `unit`,
 * relative.
 */
export function roundingTolerances(row: OperationCase, unit: number): Float32Array[] {
  const { outputs, parameters } = operationEntry(row);
  // All are sums of products with factors above 0, so that they are the sizes of their terms where the inputs are above
  // 0.
  const positive = Object.fromEntries(Object.entries(parameters).map(([name, own]) => [name, own.map(Math.abs)]));
  const sizes = evaluate(Object.values(outputs), { parameters: positive });
  return Object.keys(outputs).map((name, i) => {
    const roundings = ROUNDINGS[name.replace(/\d+$/, '') as keyof typeof ROUNDINGS];
    const relative = (1 + unit) ** roundings - 1 + singleTolerance(row);
    return Float32Array.from(sizes[i], (size) => relative * size);
  });
}
