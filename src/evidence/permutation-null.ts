// A null by permutation: the subjects of every modality but the first in another order, everything fitted again, as
// often as one likes. It asks nothing of the distribution of anything: the check of the cross-fit's p-values
// (docs/evidence.md).

import { latentNodes } from '../causal/index.js';
import type { Dataset } from '../data/dataset.js';
import { shuffleSubjects } from '../data/resample.js';
import { shareOf, sideBySide } from '../threads/side-by-side.js';
import { modalityShapes } from '../training/program.js';
import type { FitConfig } from '../training/config.js';
import { fitSubspaces } from '../training/first-part.js';
import { crossFit, type CrossFitHooks } from './cross-fit.js';
import { checkEnough } from './folds.js';
import { ALPHA, pairEvidence, type PairEvidence } from './pairs.js';

/** A pair of modalities in the study as it is and in the refits. */
export interface PairNull {
  readonly first: string;
  readonly second: string;
  /** The cross-fit's p of the study as it is. */
  readonly observed: number;
  /** The cross-fit's p of every refit. */
  readonly refits: readonly number[];
  /** (1 + refits whose p is not above the observed one) / (1 + refits): exact, whatever the distribution. */
  readonly p: number;
  /** The same with the smallest p of each refit: corrected for all pairs (Westfall & Young 1993). */
  readonly corrected: number;
}

export interface PermutationNull {
  readonly alpha: number;
  readonly pairs: readonly PairNull[];
  /** Refits in which some pair was called related; `alpha` of them are expected. */
  readonly related: number;
  readonly refits: number;
  readonly seconds: number;
}

/** One of the fits of a null. */
export interface NullFit extends Pick<CrossFitHooks, 'threads' | 'device'> {
  readonly config: FitConfig;
  /** 0: of the study as it is. */
  readonly number: number;
  readonly seed: number;
}

export interface NullOptions extends Pick<CrossFitHooks, 'signal' | 'threads' | 'device'> {
  readonly refits: number;
  readonly seed: number;
  /** Fits at a time, which share the threads. Default: 1. */
  readonly workers?: number;
  /** Where they are fitted, as `nullFit` does it. Default: in this thread. */
  readonly fit?: (dataset: Dataset, fit: NullFit, signal: AbortSignal) => Promise<PairEvidence[]>;
  /** Called after the study as it is, and after every refit. */
  readonly onFit?: (done: number) => void;
}

/** Part of the epochs: a null needs many refits more than each at its best. */
const EPOCHS = 1 / 8;

/** @throws InputError `too-few-subjects`; what `crossFit` throws */
export async function permutationNull(
  dataset: Dataset,
  config: FitConfig,
  { refits, seed, workers = 1, fit = nullFit, onFit, signal, threads, device }: NullOptions,
): Promise<PermutationNull> {
  const started = performance.now();
  checkEnough(dataset, config.seed);
  const light = { ...config, runs: 1, restarts: 1, epochs: Math.ceil(EPOCHS * config.epochs) };
  if (config.fit === 'two-part') light.subspaces ??= 'network';
  let done = 0;
  const one = async (number: number, stop: AbortSignal): Promise<PairEvidence[]> => {
    const pairs = await fit(dataset, { config: light, number, seed, threads: shareOf(threads, workers), device }, stop);
    onFit?.(done++);
    return pairs;
  };
  const [observed, ...nulls] = await sideBySide(refits + 1, workers, one, signal);
  const smallest = nulls.map((pairs) => Math.min(...pairs.map(({ p }) => p)));
  return {
    alpha: ALPHA,
    pairs: observed.map(({ first, second, p }, pair) => {
      const ps = nulls.map((pairs) => pairs[pair].p);
      const rank = (others: readonly number[]) => (1 + others.filter((other) => other <= p).length) / (1 + refits);
      return { first, second, observed: p, refits: ps, p: rank(ps), corrected: rank(smallest) };
    }),
    related: nulls.filter((pairs) => pairs.some(({ associated }) => associated)).length,
    refits,
    seconds: (performance.now() - started) / 1000,
  };
}

/** @throws what `crossFit` throws */
export async function nullFit(
  dataset: Dataset,
  { config, number, seed, threads, device }: NullFit,
  signal?: AbortSignal,
): Promise<PairEvidence[]> {
  const own = number === 0 ? dataset : shuffled(dataset, seed + number);
  // What modalities share is in the subspaces: which latent is which need not be found.
  const fitAndEncode = config.fit === 'two-part' ? fitSubspaces : undefined;
  const hooks = { threads, device, signal };
  const found = await crossFit(own, config, { hooks, ...(fitAndEncode && { fitAndEncode }) });
  return pairEvidence(latentNodes(modalityShapes(dataset)), found, config.seed);
}

function shuffled(dataset: Dataset, seed: number): Dataset {
  return dataset.modalities.reduce((one, _, m) => (m === 0 ? one : shuffleSubjects(one, m, seed)), dataset);
}
