// Element-wise instructions in the order of their opcodes, with their WGSL. native/math/elementwise.h has the same
// instructions for processors and CUDA.

type Write = (x: string, y: string, z: string, low: string, high: string) => string;

/** Operands are names of registers, immediates are literals. The functions are those of src/webgpu/arithmetic.ts. */
export const WGSL = {
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
  expm1: (x) => `exponential_minus_one(${x})`,
} satisfies Record<string, Write>;

export type InstructionName = keyof typeof WGSL;

export const INSTRUCTIONS = Object.keys(WGSL) as InstructionName[];

const OPCODES = new Map(INSTRUCTIONS.map((name, opcode) => [name, opcode]));

export function opcodeOf(name: InstructionName): number {
  return OPCODES.get(name)!;
}
