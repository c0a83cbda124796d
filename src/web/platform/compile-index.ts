// The compiler for a page. It remembers the graph of each program, because the reference evaluates graphs.

import { compile as compiled, type CompiledProgram, type CompileSpec } from '../../compile/index.js';

export { decodePlan, describePlan } from '../../compile/index.js';

const graphs = new WeakMap<Uint8Array, { readonly spec: CompileSpec; readonly program: CompiledProgram }>();

/** Compiles a program. */
export function compile(spec: CompileSpec): CompiledProgram {
  const program = compiled(spec);
  graphs.set(program.plan, { spec, program });
  return program;
}

/** Returns the graph and the program of a plan. Returns undefined for a plan that was not compiled here. */
export function graphOf(plan: Uint8Array): ReturnType<typeof graphs.get> {
  return graphs.get(plan);
}
