// Causal discovery with progress on standard error: a bar on a terminal, or lines elsewhere on request.

import cliProgress from 'cli-progress';
import type { DataColumn } from '../causal/discovery/columns.js';
import {
  discoverInParallel,
  type Discovery,
  type ParallelOptions,
  type HalfSampling,
} from '../causal/discovery/index.js';
import { discoverLatents, discoverWithRefits } from '../background/index.js';
import type {
  DiscoverLatentsOptions,
  LatentDiscovery,
  RefitOptions,
  Refits,
  RefittedDiscovery,
  SearchProgress,
} from '../evidence/index.js';
import { counted } from '../text/numbers.js';
import { halfSampling } from '../report/index.js';
import { duration, print, wrapped } from './output.js';

const LINE_EVERY_MS = 5000;

/** `bar`: on a terminal only; `lines`: a bar on a terminal, lines elsewhere; `none`. */
export type DiscoveryProgress = 'bar' | 'lines' | 'none';

/** Searches measured columns on worker threads. The progress counts half-samples. */
export async function discoverWithProgress(
  columns: readonly DataColumn[],
  options: ParallelOptions,
  progress: DiscoveryProgress,
): Promise<Discovery> {
  const { halfSamples = 0 } = options;
  const printer = printerOf(halfSamples > 0 ? progress : 'none', halfSamples + 1);
  try {
    return await discoverInParallel(columns, { ...options, onProgress: printer.update });
  } finally {
    printer.stop();
  }
}

/**
 * Searches latents, and optionally columns. The progress is that of the search, or of refits.
 * @param refits undefined for no refits
 */
export async function discoverLatentsWithProgress(
  question: DiscoverLatentsOptions,
  options: RefitOptions,
  progress: DiscoveryProgress,
  refits: Refits | undefined,
): Promise<LatentDiscovery | RefittedDiscovery> {
  if (!refits) {
    const { update, stop } = searchPrinter(progress);
    try {
      return await discoverLatents(question, { signal: options.signal, onProgress: update });
    } finally {
      stop();
    }
  }
  const printer = printerOf(progress, options.halfSamples + 1);
  try {
    return await discoverWithRefits(question, { ...options, onProgress: printer.update }, refits);
  } finally {
    printer.stop();
  }
}

/** Prints the progress of a search. The number of tests is not known in advance. */
function searchPrinter(progress: DiscoveryProgress) {
  const draw = drawerOf(progress);
  const update = ({ stage, conditioning = 0, done, total }: SearchProgress): void => {
    const condition = conditioning === 0 ? '' : `, conditioning on ${counted(conditioning, 'variable')}`;
    const what = { links: `pairs${condition}`, groups: 'groups', directions: 'possible directions' }[stage];
    draw.update(done, total, what);
  };
  return { update, stop: draw.stop };
}

/** Prints the progress of half-samples, which take equal time. */
function printerOf(progress: DiscoveryProgress, total: number) {
  const began = performance.now();
  const left = (done: number) => duration((((performance.now() - began) / done) * (total - done)) / 1000);
  const draw = drawerOf(progress);
  return { update: (done: number) => draw.update(done, total, `samples  ${left(done)} left`), stop: draw.stop };
}

function drawerOf(progress: DiscoveryProgress) {
  if (progress !== 'none' && process.stderr.isTTY) {
    const bar = new cliProgress.SingleBar({
      stream: process.stderr,
      format: '{bar} {value}/{total} {what}',
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
    });
    const update = (done: number, total: number, what: string): void => {
      if (!bar.isActive) bar.start(total, done, { what });
      bar.setTotal(total);
      bar.update(done, { what });
    };
    return { update, stop: () => bar.stop() };
  }
  let last = performance.now();
  const update = (done: number, total: number, what: string): void => {
    if (progress !== 'lines' || performance.now() - last < LINE_EVERY_MS) return;
    last = performance.now();
    process.stderr.write(`discovery  ${done}/${total} ${what}\n`);
  };
  return { update, stop: () => undefined };
}

/** Prints the meaning of shares of half-samples. */
export function printHalfSamples(halfSamples: HalfSampling): void {
  const { kind, meaning, replicated } = halfSampling(halfSamples);
  print(wrapped(`Shares of half-samples: ${kind}. ${meaning}`));
  if (replicated !== undefined) print(wrapped(replicated));
}
