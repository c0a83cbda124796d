// The element-wise programs of map and reduce (docs/explanation/kernels.md, "Element-wise instructions") as statements.

import { decodeProgram, type DecodedProgram } from '../../compile/decode.js';
import { INSTRUCTIONS, type InstructionName } from '../../graph/instructions.js';
import { literal } from '../arithmetic.js';
import { offset, type Shader } from '../shader.js';

type Write = (x: string, y: string, z: string, low: string, high: string) => string;

/** WGSL of the instructions in native/math/elementwise.h. Operands are names of registers, immediates are literals. */
const INSTRUCTION_TEXT: Readonly<Record<InstructionName, Write>> = {
  const: (_x, _y, _z, low) => low,
  copy: (x) => x,
  neg: (x) => `-${x}`,
  abs: (x) => `abs(${x})`,
  sign: (x) => `sign_of(${x})`,
  exp: (x) => `exponential(${x})`,
  log: (x) => `logarithm(${x})`,
  log1p: (x) => `logarithm_of_one_plus(${x})`,
  tanh: (x) => `hyperbolic_tangent(${x})`,
  sigmoid: (x) => `sigmoid(${x})`,
  sqrt: (x) => `sqrt(${x})`,
  square: (x) => `${x} * ${x}`,
  reciprocal: (x) => `1.0 / ${x}`,
  erf: (x) => `error_function(${x})`,
  normalCdf: (x) => `normal_cdf(${x})`,
  normalQuantile: (x) => `normal_quantile(${x})`,
  softplus: (x) => `softplus(${x})`,
  leakyRelu: (x, _y, _z, slope) => `select(${slope} * ${x}, ${x}, ${x} > 0.0)`,
  step: (x) => `nan_or(${x}, select(0.0, 1.0, ${x} > 0.0))`,
  leakyStep: (x, _y, _z, slope) => `nan_or(${x}, select(${slope}, 1.0, ${x} > 0.0))`,
  clamp: (x, _y, _z, low, high) => `clipped_to(${x}, ${low}, ${high})`,
  inside: (x, _y, _z, low, high) => `nan_or(${x}, select(0.0, 1.0, ${low} < ${x} && ${x} < ${high}))`,
  add: (x, y) => `${x} + ${y}`,
  sub: (x, y) => `${x} - ${y}`,
  mul: (x, y) => `${x} * ${y}`,
  div: (x, y) => `${x} / ${y}`,
  max: (x, y) => `larger(${x}, ${y})`,
  min: (x, y) => `smaller(${x}, ${y})`,
  greater: (x, y) => `nan_or(${x}, nan_or(${y}, select(0.0, 1.0, ${x} > ${y})))`,
  select: (x, y, z) => `select(select(${z}, ${y}, ${x} != 0.0), ${x}, is_nan(${x}))`,
  fma: (x, y, z) => `fma(${x}, ${y}, ${z})`,
  addImm: (x, _y, _z, term) => `${x} + ${term}`,
  mulImm: (x, _y, _z, factor) => `${x} * ${factor}`,
  floor: (x) => `floor(${x})`,
};

export interface Elementwise extends Pick<DecodedProgram, 'dims' | 'outputs' | 'strides' | 'results' | 'rest'> {
  /** Statements that declare the registers. */
  readonly registers: string;
  /** Statements that read the inputs at `x0`, `x1`, … and compute all registers. */
  readonly compute: string;
}

/** Returns the element-wise program of a map or reduce kernel as statements. */
export function elementwise(shader: Shader): Elementwise {
  const { ints, floats } = shader.kernel;
  const program = decodeProgram(ints);
  const { dims, outputs, inputs, strides, code } = program;
  const loads = Array.from({ length: inputs }, (_, i) => {
    const operand = outputs + i;
    return `r${i} = ${shader.read(operand, offset(strides[operand], dims))};`;
  });
  const statements = code.map(({ opcode, target, sources, immediate }) => {
    const [x, y, z] = sources.map((source) => `r${source}`);
    const [low, high] = [0, 1].map((i) => (immediate + i in floats ? literal(floats[immediate + i]) : ''));
    return `r${target} = ${INSTRUCTION_TEXT[INSTRUCTIONS[opcode]](x, y, z, low, high)};`;
  });
  return {
    ...program,
    registers: Array.from({ length: program.registers }, (_, i) => `var r${i}: f32;`).join(' '),
    compute: [...loads, ...statements].join('\n'),
  };
}
