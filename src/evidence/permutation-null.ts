// A null distribution by permutation. It permutes the subjects of every modality except the first, and the observed
// causes, and fits everything again, for a chosen number of refits. It assumes no distribution, so it checks
// the p-values of the cross-fit (docs/explanation/evidence.md).

import { latentNodes } from '../causal/index.js';
import type { Dataset } from '../data/dataset.js';
import { InputError } from '../errors/errors.js';
import { shuffleCausesOfSubjects, shuffleSubjects } from '../data/resample.js';
import { holm } from '../quality/pair-test.js';
import type { Compute, ProgramOptions } from '../runtime/program.js';
import { threadsPerTask, runConcurrently } from '../threads/run-concurrently.js';
import { modalityShapes } from '../training/model-config.js';
import type { FitConfig } from '../training/config.js';
import { fitSubspaces } from '../training/subspace-stages.js';
import { blockPs, blockTargets, type EffectQuestion } from './causes/index.js';
import { crossFit, type FitAndEncode } from './cross-fit.js';
import { checkEnough } from './folds.js';
import { ALPHA, pairEvidence, type PairEvidence } from './pairs.js';

/** A pair of modalities in the original study and in the refits. */
export interface PairNull {
  readonly first: string;
  readonly second: string;
  /** p of the cross-fit of the original study. */
  readonly observed: number;
  /** p of the cross-fit of every refit. */
  readonly refits: readonly number[];
  /** (1 + number of refits with p not above the observed one) / (1 + refits). Exact for any distribution. */
  readonly p: number;
  /** The same with the smallest p of each refit, which corrects for all pairs (Westfall & Young 1993). */
  readonly corrected: number;
}

/** A cause in the original study and in the refits. */
export interface CauseNull {
  readonly cause: string;
  /** Smallest p of a level, or of a number, with the latents of a modality in the cross-fit of the original study. */
  readonly observed: number;
  readonly refits: readonly number[];
  /** As for pairs. It corrects for the levels and the modalities. */
  readonly p: number;
  readonly corrected: number;
}

export interface PermutationNull {
  readonly alpha: number;
  readonly pairs: readonly PairNull[];
  /** Left out if the study has no causes. */
  readonly causes?: readonly CauseNull[] | undefined;
  /** Number of refits in which some pair counts as associated, or some cause (Holm). Its expected share is `alpha`. */
  readonly associated: number;
  readonly refits: number;
  readonly seconds: number;
}

/** One of the fits of a null distribution. */
export interface NullFit extends ProgramOptions {
  readonly config: FitConfig;
  /** 0 for the original study. */
  readonly number: number;
  readonly seed: number;
}

/** The tests of one fit. */
export interface NullTests {
  readonly pairs: readonly PairEvidence[];
  /** By cause: p of each level, or of a number, with the latents of each modality. */
  readonly causes: readonly (readonly number[])[];
}

export interface NullOptions extends Compute {
  readonly refits: number;
  readonly seed: number;
  /** Number of concurrent fits, which share the threads. Default: 1. */
  readonly workers?: number;
  /** Does what `nullFit` does, possibly elsewhere. Default: `nullFit` in this thread. */
  readonly fit?: (dataset: Dataset, fit: NullFit, signal: AbortSignal) => Promise<NullTests>;
  /** Called after the fit of the original study and after every refit. */
  readonly onFit?: (done: number) => void;
}

/** Share of the epochs: a null distribution needs many refits rather than the best possible ones. */
const EPOCHS = 1 / 8;

/** @throws InputError `too-few-modalities`, `too-few-subjects`; what `crossFit` throws */
export async function permutationNull(
  dataset: Dataset,
  config: FitConfig,
  { refits, seed, workers = 1, fit = nullFit, onFit, signal, threads, ...options }: NullOptions,
): Promise<PermutationNull> {
  const started = performance.now();
  if (dataset.modalities.length === 1 && !dataset.causes) {
    throw new InputError(
      'too-few-modalities',
      `Modality "${dataset.modalities[0].name}" is the only one of the study, and no cause is declared, so there is ` +
        'nothing to test; add a modality, or declare causes.',
    );
  }
  checkEnough(dataset, config.seed);
  const light = { ...config, encoderRestarts: 1, componentRestarts: 1, epochs: Math.ceil(EPOCHS * config.epochs) };
  if (config.fit === 'two-stage') light.subspaces ??= 'network';
  let done = 0;
  const one = async (number: number, stop: AbortSignal): Promise<NullTests> => {
    const ofOne = { ...options, config: light, number, seed, threads: threadsPerTask(threads, workers) };
    const tests = await fit(dataset, ofOne, stop);
    onFit?.(done++);
    return tests;
  };
  const [observed, ...nulls] = await runConcurrently(refits + 1, workers, one, signal);
  const minPs = nulls.map(({ pairs, causes }) => Math.min(1, ...pairs.map(({ p }) => p), ...causes.flat()));
  const rank = (p: number, nullPs: readonly number[]) =>
    (1 + nullPs.filter((other) => other <= p).length) / (1 + refits);
  const causes = dataset.causes?.map(({ name }, cause): CauseNull => {
    const minOf = ({ causes: tests }: NullTests) => Math.min(1, ...tests[cause]);
    const [p, ps] = [minOf(observed), nulls.map(minOf)];
    return { cause: name, observed: p, refits: ps, p: rank(p, ps), corrected: rank(p, minPs) };
  });
  return {
    alpha: ALPHA,
    pairs: observed.pairs.map(({ first, second, p }, pair) => {
      const ps = nulls.map(({ pairs }) => pairs[pair].p);
      return { first, second, observed: p, refits: ps, p: rank(p, ps), corrected: rank(p, minPs) };
    }),
    ...(causes && { causes }),
    associated: nulls.filter(hasAssociation).length,
    refits,
    seconds: (performance.now() - started) / 1000,
  };
}

/** True if some pair counts as associated, or some cause after the correction for all levels and modalities. */
function hasAssociation({ pairs, causes }: NullTests): boolean {
  return pairs.some(({ associated }) => associated) || holm(causes.flat()).some((q) => q <= ALPHA);
}

/** @throws what `crossFit` throws */
export async function nullFit(
  dataset: Dataset,
  { config, number, seed, ...options }: NullFit,
  signal?: AbortSignal,
): Promise<NullTests> {
  const study = number === 0 ? dataset : shuffled(dataset, seed + number);
  // Associations of modalities are in the subspaces, so the components need not be found.
  const fitAndEncode: FitAndEncode | undefined =
    config.fit === 'two-stage' ? async (...fit) => ({ encoded: await fitSubspaces(...fit) }) : undefined;
  const hooks = { ...options, signal };
  const crossFitted = await crossFit(study, config, { hooks, ...(fitAndEncode && { fitAndEncode }) });
  const nodes = latentNodes(modalityShapes(dataset));
  return {
    pairs: pairEvidence(nodes, crossFitted, config.seed),
    causes: causePs(study, { nodes, splits: crossFitted.splits, seed: config.seed }),
  };
}

/** Tests the causes on the latents of each modality together, because single latents are not found. */
function causePs(
  { causes, groups, covariates, modalities }: Dataset,
  question: Pick<EffectQuestion, 'nodes' | 'splits' | 'seed'>,
): number[][] {
  if (!causes) return [];
  const all = { ...question, modalities, study: { causes, groups, covariates } };
  const targets = blockTargets(all);
  const ps = blockPs(targets, all);
  return causes.map((_, cause) => ps.filter((_p, i) => targets[i].position === cause));
}

function shuffled(dataset: Dataset, seed: number): Dataset {
  const separate = dataset.modalities.reduce((one, _, m) => (m === 0 ? one : shuffleSubjects(one, m, seed)), dataset);
  return dataset.causes ? shuffleCausesOfSubjects(separate, seed) : separate;
}
