// What command lines of benchmarks have in common.

import { InvalidArgumentError } from 'commander';

/** Ascending. */
export function threadCounts(text: string): number[] {
  const counts = text.split(',').map(Number);
  if (counts.some((count) => !Number.isSafeInteger(count) || count < 1)) {
    throw new InvalidArgumentError('takes whole numbers of at least 1, with commas between them.');
  }
  return [...new Set(counts)].sort((a, b) => a - b);
}
