// Recognises a map that adds a tensor to the gradient that arrives at a tanh layer and multiplies the sum by the
// layer's slope.

import { isContiguous } from '../graph/access.js';
import { INSTRUCTIONS } from '../graph/instructions.js';
import { decodeProgram } from './decode.js';
import type { Kernel } from './kernel.js';
import { samePlace, type Matrices } from './products.js';

interface BackwardLayer {
  /** The gradient from the next layer. */
  readonly back: Matrices;
  /** Results of the layer. */
  readonly layer: Matrices;
  readonly groups: number;
  readonly rows: number;
  readonly batch: number;
}

/** Instructions that such a map may have. */
const COMPUTE: Readonly<Partial<Record<string, (a: number, b: number, immediate: number) => number>>> = {
  add: (a, b) => a + b,
  mul: (a, b) => a * b,
  neg: (a) => -a,
  square: (a) => a * a,
  addImm: (a, _, immediate) => a + immediate,
};

/** Sample values for which different formulas give different results. */
const SAMPLES = [
  [0.3, -1.7, 0.6],
  [-2.1, 0.4, -0.2],
  [1.9, 2.3, 0.9],
] as const;

/** Returns the slope and the added tensor, or undefined if the kernel does anything else. */
export function addedSlope(
  kernel: Kernel,
  { back, layer, groups, rows, batch }: BackwardLayer,
): { readonly slope: Matrices; readonly added: Matrices } | undefined {
  const { name, floats, operands } = kernel;
  if (name !== 'map') return undefined;
  const { dims, outputs, inputs, strides, code, results } = decodeProgram(kernel);
  const size = dims.reduce((product, dim) => product * dim, 1);
  const isWhole = strides.every((operand) => isContiguous(dims, { offset: 0, strides: operand }));
  const isDense = [back, layer].every(
    ({ leading, group }) => leading === batch && (groups === 1 || group === rows * batch),
  );
  if (!isDense || outputs !== 1 || inputs !== 3 || size !== groups * rows * batch || !isWhole) return undefined;
  const read = operands.slice(1);
  const [ofBack, ofLayer] = [back, layer].map(({ operand }) =>
    read.findIndex((candidate) => samePlace(candidate, operand)),
  );
  const ofAdded = 3 - ofBack - ofLayer;
  if (ofBack < 0 || ofLayer < 0) return undefined;
  const isRight = SAMPLES.every(([x, y, z]) => {
    const registers: number[] = [];
    [registers[ofBack], registers[ofAdded], registers[ofLayer]] = [x, y, z];
    for (const { opcode, target, sources, immediate } of code) {
      const [a, b] = sources.map((source) => registers[source]);
      registers[target] = COMPUTE[INSTRUCTIONS[opcode]]?.(a, b, floats[immediate]) ?? NaN;
    }
    return Math.abs(registers[results[0]] - (x + y) * (1 - z * z)) < 1e-12;
  });
  const place = (i: number): Matrices => ({ operand: operands[i], leading: batch, group: rows * batch });
  return isRight ? { slope: place(0), added: place(1 + ofAdded) } : undefined;
}
