// Reads the times that a program measures of its kernels (docs/explanation/engine.md, "Profile").

import type { Program } from '../src/runtime/program.js';

export interface KernelTime {
  readonly kernel: string;
  readonly label: string;
  readonly calls: number;
  /** Time of all calls. */
  readonly seconds: number;
  /** FLOP of one call. */
  readonly flops: number;
  /** Bytes that one call reads and writes. */
  readonly bytes: number;
}

/** Returns the kernels of an entry that have run so far. */
export function kernelTimes(program: Program, entry: string): KernelTime[] {
  const { profile } = JSON.parse(program.describe()) as { profile: Record<string, KernelTime[]> };
  return profile[entry] ?? [];
}
