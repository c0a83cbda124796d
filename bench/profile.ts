// Programs that time their own kernels (docs/engine.md, "Profile").

import { Program, type CompiledPlan } from '../src/runtime/program.js';

export interface KernelTime {
  readonly kernel: string;
  readonly label: string;
  readonly calls: number;
  /** Of all calls. */
  readonly seconds: number;
  /** Of one call. */
  readonly flops: number;
  readonly bytes: number;
}

const SWITCH = 'INTERLATENT_PROFILE';

export function loadProfiled(compiled: CompiledPlan, threads: number): Program {
  const before = process.env[SWITCH];
  process.env[SWITCH] = '1';
  try {
    return Program.load(compiled, { threads });
  } finally {
    if (before === undefined) Reflect.deleteProperty(process.env, SWITCH);
    else process.env[SWITCH] = before;
  }
}

/** The kernels of an entry that have run so far. */
export function kernelTimes(program: Program, entry: string): KernelTime[] {
  const { profile } = JSON.parse(program.describe()) as { profile: Record<string, KernelTime[]> };
  return profile[entry] ?? [];
}
