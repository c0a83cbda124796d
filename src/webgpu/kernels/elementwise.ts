// The element-wise programs of map and reduce (docs/explanation/kernels.md, "Element-wise instructions") as statements.

import { decodeProgram, type DecodedProgram } from '../../compile/decode.js';
import { INSTRUCTIONS, WGSL } from '../../graph/instructions.js';
import { literal } from '../arithmetic.js';
import { offset, type Shader } from '../shader.js';

export interface Elementwise extends Pick<
  DecodedProgram,
  'dims' | 'outputs' | 'strides' | 'results' | 'takesMaximum' | 'reduced'
> {
  /** Statements that declare the registers. */
  readonly registers: string;
  /** Statements that read the inputs at `x0`, `x1`, … and compute all registers. */
  readonly compute: string;
}

/** Returns the element-wise program of a map or reduce kernel as statements. */
export function elementwise(shader: Shader): Elementwise {
  const { floats } = shader.kernel;
  const program = decodeProgram(shader.kernel);
  const { dims, outputs, inputs, strides, code } = program;
  const loads = Array.from({ length: inputs }, (_, i) => {
    const operand = outputs + i;
    return `r${i} = ${shader.read(operand, offset(strides[operand], dims))};`;
  });
  const statements = code.map(({ opcode, target, sources, immediate }) => {
    const [x, y, z] = sources.map((source) => `r${source}`);
    const [low, high] = [0, 1].map((i) => (immediate + i in floats ? literal(floats[immediate + i]) : ''));
    return `r${target} = ${WGSL[INSTRUCTIONS[opcode]](x, y, z, low, high)};`;
  });
  return {
    ...program,
    registers: Array.from({ length: program.registers }, (_, i) => `var r${i}: f32;`).join(' '),
    compute: [...loads, ...statements].join('\n'),
  };
}
