// Describes the machine of a measurement, without names or addresses.

import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { buildInfo } from '../src/runtime/native.js';
import { packageRoot, version } from '../src/runtime/package.js';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly compiler: string;
  readonly oneDNN: string;
  readonly isa: string;
  readonly version: string;
  /** Measured commit, with `+` if files differ from it. Undefined outside a checkout. */
  readonly commit: string | undefined;
  /** Load average of the last minute, near 0 on an idle machine. */
  readonly load: number;
}

export function machine(): Machine {
  const { compiler, oneDNN, isa } = buildInfo();
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    ...{ compiler, oneDNN, isa, version },
    commit: commit(),
    load: Number(loadavg()[0]?.toFixed(2)),
  };
}

function commit(): string | undefined {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: packageRoot, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') && '+');
  } catch {
    return undefined;
  }
}
