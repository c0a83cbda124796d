// Exports the public interface of the compiler.

export { compile } from './compile.js';
export { decodePlan, describePlan } from './decode.js';
export type { DecodedPlan } from './decode.js';
export type {
  AdamUpdate,
  CompiledEntry,
  CompiledProgram,
  CompileSpec,
  EntrySpec,
  ProgramMemory,
  TensorPlace,
} from './spec.js';
