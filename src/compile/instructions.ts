// The element-wise instructions of docs/engine.md, in opcode order; native/math/elementwise.h lists the same names.

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
] as const;

export type InstructionName = (typeof INSTRUCTIONS)[number];

const OPCODES = new Map<InstructionName, number>(INSTRUCTIONS.map((name, opcode) => [name, opcode]));

export function opcodeOf(name: InstructionName): number {
  return OPCODES.get(name)!;
}

/** The instruction of each element-wise operation of the graph, where it has one of its own. */
const INSTRUCTION_OF: ReadonlyMap<string, InstructionName> = new Map<string, InstructionName>([
  ...INSTRUCTIONS.slice(opcodeOf('neg'), opcodeOf('fma')).map((name): [string, InstructionName] => [name, name]),
  ['copy', 'copy'],
  ['fill', 'const'],
  ['maximum', 'max'],
  ['minimum', 'min'],
]);

/** The instruction of a graph operation; undefined for operations that are not element-wise. `max` is a reduction there. */
export function instructionOf(operation: string): InstructionName | undefined {
  return operation === 'max' || operation === 'min' ? undefined : INSTRUCTION_OF.get(operation);
}

export function isElementwise(operation: string): boolean {
  return instructionOf(operation) !== undefined;
}

/** Operations that cost about one machine instruction per vector: computing them twice is cheaper than storing them. */
const CHEAP = new Set<string>([
  ...['neg', 'abs', 'sign', 'square', 'leakyRelu', 'step', 'leakyStep', 'clamp', 'inside'],
  ...['add', 'sub', 'mul', 'maximum', 'minimum', 'greater', 'select'],
]);

export function isCheap(operation: string): boolean {
  return CHEAP.has(operation);
}
