// The compiler, which remembers the graphs of its programs: without WebGPU they are evaluated as they are.

import { compile as compiled, type CompiledProgram, type CompileSpec } from '../../../compile/index.js';

export { decodePlan, describePlan } from '../../../compile/index.js';

const graphs = new WeakMap<Uint8Array, { readonly spec: CompileSpec; readonly program: CompiledProgram }>();

/** As in Node. */
export function compile(spec: CompileSpec): CompiledProgram {
  const program = compiled(spec);
  graphs.set(program.plan, { spec, program });
  return program;
}

/** What a plan was made of; undefined for one that was not made here. */
export function graphOf(plan: Uint8Array): ReturnType<typeof graphs.get> {
  return graphs.get(plan);
}
