// Causal discovery with its progress on standard error: a bar on a terminal, lines elsewhere if they are wanted.

import cliProgress from 'cli-progress';
import type { DataColumn } from '../causal/discovery/columns.js';
import {
  discoverInParallel,
  type Discovery,
  type ParallelOptions,
  type Resampling,
} from '../causal/discovery/index.js';
import { discoverWithRefits, type Refits } from '../evidence/index.js';
import { resampling } from '../report/index.js';
import { duration, print } from './output.js';

const LINE_EVERY_MS = 5000;

/** `bar`: on a terminal only; `lines`: a bar on a terminal, lines elsewhere; `none`. */
export type DiscoveryProgress = 'bar' | 'lines' | 'none';

/**
 * On worker threads; the progress is that of resamples.
 * @param refits resample subjects before fitting
 */
export async function discoverWithProgress(
  columns: readonly DataColumn[],
  options: ParallelOptions,
  progress: DiscoveryProgress,
  refits?: Refits,
): Promise<Discovery> {
  const printer = printerOf(options.bootstrap ? progress : 'none', (options.bootstrap ?? 0) + 1);
  try {
    const shown = { ...options, onProgress: printer.update };
    return await (refits ? discoverWithRefits(columns, shown, refits) : discoverInParallel(columns, shown));
  } finally {
    printer.stop();
  }
}

function printerOf(progress: DiscoveryProgress, total: number) {
  const began = performance.now();
  const left = (done: number) => duration((((performance.now() - began) / done) * (total - done)) / 1000);
  if (progress !== 'none' && process.stderr.isTTY) {
    const bar = new cliProgress.SingleBar({
      stream: process.stderr,
      format: '{bar} {value}/{total} samples  {left} left',
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
    });
    bar.start(total, 0, { left: '–' });
    return { update: (done: number) => bar.update(done, { left: left(done) }), stop: () => bar.stop() };
  }
  let last = began;
  const write = (done: number) => {
    if (progress !== 'lines' || performance.now() - last < LINE_EVERY_MS) return;
    last = performance.now();
    process.stderr.write(`discovery  ${done}/${total} samples  ${left(done)} left\n`);
  };
  return { update: write, stop: () => undefined };
}

/** What the shares of an edge of latents are about. */
export function printResampling(bootstrap: Resampling): void {
  const { kind, meaning, foundAgain } = resampling(bootstrap);
  print(`Shares of resamples: ${kind}. ${meaning}`);
  if (foundAgain !== undefined) print(foundAgain);
}

/** @param lacking how many subjects */
export function lackingText(lacking: number): string {
  const who = lacking === 1 ? 'subject who lacks' : 'subjects who lack';
  return `left out: ${lacking} ${who} a modality whose latents enter`;
}
