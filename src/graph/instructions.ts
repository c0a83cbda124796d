// Element-wise instructions of docs/explanation/kernels.md, in opcode order. native/math/elementwise.h lists the same
// names.

export const INSTRUCTIONS = [
  'const',
  'copy',
  'neg',
  'abs',
  'sign',
  'exp',
  'log',
  'log1p',
  'tanh',
  'sigmoid',
  'sqrt',
  'square',
  'reciprocal',
  'erf',
  'normalCdf',
  'normalQuantile',
  'softplus',
  'leakyRelu',
  'step',
  'leakyStep',
  'clamp',
  'inside',
  'add',
  'sub',
  'mul',
  'div',
  'max',
  'min',
  'greater',
  'select',
  'fma',
  'addImm',
  'mulImm',
  'floor',
] as const;

export type InstructionName = (typeof INSTRUCTIONS)[number];

const OPCODES = new Map<InstructionName, number>(INSTRUCTIONS.map((name, opcode) => [name, opcode]));

export function opcodeOf(name: InstructionName): number {
  return OPCODES.get(name)!;
}
