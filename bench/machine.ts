// What a figure was measured on; no names or addresses.

import { cpus, totalmem } from 'node:os';
import { buildInfo } from '../src/runtime/native.js';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly oneDNN: string;
  readonly isa: string;
}

export function machine(): Machine {
  const { oneDNN, isa } = buildInfo();
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    oneDNN,
    isa,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
