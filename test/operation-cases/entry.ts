// Converts a case to an entry of a program, and gives the tolerances of its results.

import * as graph from '../../src/graph/index.js';
import type { Node } from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import { sizeOf } from '../../src/graph/shapes.js';
import { generator, single, uniforms } from '../fixtures/numbers.js';
import type { OperationCase } from './case.js';

/**
 * Returns the tolerance of single precision, which has errors of about 1e-7 per operation; sums and steep functions
 * have slightly larger ones.
 */
export function singleTolerance({ singleTolerance: tolerance = 1e-5 }: OperationCase): number {
  return tolerance;
}

/** Returns the outputs of a case, and values for its parameters that single precision represents exactly. */
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

/** Returns values, gradients and second derivatives of a case as outputs. */
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

/** True if tensor cores may compute the operation, with rounded factors. */
export function roundsFactors({ op, rounded }: OperationCase): boolean {
  return rounded !== undefined || ['matmul', 'conv2d', 'conv2dTranspose', 'conv2dWeights'].includes(op);
}

/**
 * Number of rounded factors of a result: two per product. A slope has a second product, and its slopes have two more.
 */
const ROUNDINGS = { value: 2, slope: 4, second: 8 };

/**
 * Returns the tolerance of each element of each output of a case if products round their factors with a relative
 * error of at most `unit`.
 */
export function roundingTolerances(row: OperationCase, unit: number): Float32Array[] {
  const { outputs, parameters } = operationEntry(row.rounded ? { ...row, build: row.rounded.sizes } : row);
  // All outputs are sums of products with positive factors. With positive inputs they therefore equal the sums of the
  // magnitudes of their terms.
  const positive = Object.fromEntries(Object.entries(parameters).map(([name, values]) => [name, values.map(Math.abs)]));
  const sizes = evaluate(Object.values(outputs), { parameters: positive });
  return Object.keys(outputs).map((name, i) => {
    const counts = { ...ROUNDINGS, ...row.rounded?.roundings };
    const roundings = counts[name.replace(/\d+$/, '') as keyof typeof ROUNDINGS];
    const relative = (1 + unit) ** roundings - 1 + singleTolerance(row);
    return Float32Array.from(sizes[i], (size) => relative * size);
  });
}
