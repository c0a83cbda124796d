// Options that command lines of benchmarks share.

import { InvalidArgumentError } from 'commander';

/** Parses numbers of threads and returns them in ascending order. */
export function threadCounts(text: string): number[] {
  const counts = text.split(',').map(Number);
  if (counts.some((count) => !Number.isSafeInteger(count) || count < 1)) {
    throw new InvalidArgumentError('must be whole numbers of at least 1, separated by commas.');
  }
  return [...new Set(counts)].sort((a, b) => a - b);
}
