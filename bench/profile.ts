// Programs that time their own kernels (docs/explanation/engine.md, "Profile").

import type { Program } from '../src/runtime/program.js';

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

/** The kernels of an entry that have run so far. */
export function kernelTimes(program: Program, entry: string): KernelTime[] {
  const { profile } = JSON.parse(program.describe()) as { profile: Record<string, KernelTime[]> };
  return profile[entry] ?? [];
}
