// Stability of links under refits: each half-sample of subjects is cross-fitted, its latents are matched to those of
// the fitted model, and its links are tested (docs/explanation/evidence.md).

import { checkArgument, checkLength, checkOptions, type Shape } from '../errors/argument.js';
import {
  checkHalfSamples,
  EdgeCounts,
  halfSampleRows,
  type HalfSampleShares,
} from '../causal/discovery/half-samples.js';
import { withShares } from '../causal/discovery/discover.js';
import { latentNodes } from '../causal/index.js';
import type { Dataset } from '../data/dataset.js';
import { selectSubjects } from '../data/resample.js';
import { InputError } from '../errors/errors.js';
import { threadsPerTask, runConcurrently } from '../threads/run-concurrently.js';
import type { FitConfig } from '../training/config.js';
import { modalityShapes } from '../training/model-config.js';
import { withinLevels } from './causes/index.js';
import { crossFit, type CrossFitHooks } from './cross-fit.js';
import { discoverLatents, type DiscoverLatentsOptions, type LatentDiscovery } from './discover-latents.js';
import { isEnough } from './folds.js';
import type { FoldUnits } from './variables.js';
import { latentEvidence, type LatentEvidence } from './latents.js';
import { pairEvidence, type PairEvidence } from './pairs.js';
import { REFIT_OPTIONS, type RefitOptions } from './question-shapes.js';

/** Data and settings of the refits, and the latents that theirs are matched to. */
export interface Refits extends Pick<CrossFitHooks, 'device'> {
  /** The subjects of the fit. */
  readonly dataset: Dataset;
  /** Settings of the fit: `model.summary.config`. */
  readonly config: FitConfig;
  /** Latents of the fitted model for the same subjects: `await model.encode(dataset)`. */
  readonly latents: Readonly<Record<string, Float32Array>>;
  /** Number of half-samples that are fitted at the same time, in separate threads that share `threads`. Default: 1. */
  readonly workers?: number;
}

/** A `LatentDiscovery` whose edges have `frequencies` and `intervals`. */
export interface RefittedDiscovery extends LatentDiscovery {
  readonly halfSamples: HalfSampleShares;
}

/** One of the half-samples. */
export interface Refit extends Pick<CrossFitHooks, 'threads'> {
  /** Rows of its subjects, ascending. */
  readonly rows: Int32Array;
  readonly number: number;
}

/** Results of a half-sample: its held-out units, and the evidence for its modalities and latents. */
export interface Refitted {
  readonly splits: readonly { readonly folds: readonly FoldUnits[] }[];
  readonly pairs: readonly PairEvidence[];
  readonly latents: readonly LatentEvidence[];
}

/** Does what `refit` does, possibly in another thread. */
export type FitAgain = (one: Refit, refits: Refits, signal: AbortSignal) => Promise<Refitted>;

/** Maximum settings of a refit, from measurements on case 1 (docs/explanation/evidence.md). */
const MAX = { encoderRestarts: 2, componentRestarts: 8, componentSteps: 750 } as const;
const EPOCHS = 1 / 2;

const REFITS: Shape = {
  dataset: {
    ids: ['text'],
    modalities: [{ name: 'text', columns: 'list', latents: 'number', exogenous: 'number', values: 'typed array' }],
    split: { train: 'typed array', validation: 'typed array', test: 'typed array' },
  },
  config: { seed: 'number', epochs: 'number' },
  latents: {},
  'workers?': 'number',
};

/**
 * Does the same as `discoverLatents`, and adds the share of half-samples that have each link. Subjects, or groups if
 * the data set has them, are divided into half-samples, and everything is repeated with each one: the fits of both
 * folds, the tests of associations, and the search. The graph of all subjects is the same.
 *
 * @param question `measured` has the units of the data set
 * @throws InputError `unknown-option`, `invalid-argument`; `invalid-half-samples`; `invalid-threads`;
 *   `too-few-subjects`; what `discoverLatents` and a fit throw
 */
export async function discoverWithRefits(
  question: DiscoverLatentsOptions,
  options: RefitOptions,
  refits: Refits,
  fitAgain: FitAgain = refit,
): Promise<RefittedDiscovery> {
  checkOptions('discoverWithRefits', options, REFIT_OPTIONS);
  checkArgument('discoverWithRefits: refits', refits, REFITS);
  const { halfSamples, seed = 0, onProgress, threads, signal } = options;
  checkHalfSamples(halfSamples, seed);
  checkRefits(refits, seed);
  const { workers = 1, dataset } = refits;
  const total = halfSamples + 1;
  const whole = await discoverLatents(question, { signal });
  onProgress?.(1, total);
  const { nodes } = question;
  const { variables } = whole.graph;
  let done = 1;
  const one = async (number: number, stop: AbortSignal) => {
    const rows = halfSampleRows(dataset.ids.length, seed, number, dataset.groups);
    const refitted = await fitAgain({ rows, number, threads: threadsPerTask(threads, workers) }, refits, stop);
    // The arrowheads of a half-sample are those that all of its units show.
    const { graph } = await discoverLatents({ ...question, ...refitted, halfSamples: 0 }, { signal: stop });
    onProgress?.(++done, total);
    return { latents: refitted.latents, marks: graph.marks };
  };
  const counts = new EdgeCounts(variables);
  const timesReplicated = nodes.map(() => 0);
  for (const { latents, marks } of await runConcurrently(halfSamples, workers, one, signal)) {
    counts.add(marks);
    for (const [i, { replicated }] of latents.entries()) timesReplicated[i] += Number(replicated);
  }
  const shares: HalfSampleShares = {
    count: halfSamples,
    seed,
    resampled: 'subjects-before-fitting',
    replicated: nodes.map(({ name }, i) => ({ name, share: timesReplicated[i] / halfSamples })),
    pairs: counts.pairs(),
  };
  return { ...whole, edges: withShares(whole.edges, shares), halfSamples: shares };
}

/** Checks everything before the long computation. */
function checkRefits({ dataset, config, latents, workers = 1 }: Refits, seed: number): void {
  if (!Number.isSafeInteger(workers) || workers < 1) {
    throw new InputError('invalid-threads', `workers must be a whole number of at least 1, got ${workers}`);
  }
  for (const { name, latents: width } of dataset.modalities) {
    const place = `discoverWithRefits: refits.latents.${name}`;
    checkArgument(place, latents[name], 'typed array');
    checkLength(place, latents[name], dataset.ids.length * width);
  }
  const { ids, groups } = dataset;
  const rows = halfSampleRows(ids.length, seed, 0, groups);
  const half = {
    ids: Array.from(rows, (row) => ids[row]),
    groups: groups && Array.from(rows, (row) => groups[row]),
  };
  if (isEnough(half, config.seed)) return;
  throw new InputError(
    'too-few-subjects',
    `half of ${ids.length} subjects are too few to fit one fold and test on the other: refits need at least 80 ` +
      'subjects, and at least 40 groups if rows belong to groups. Leave refits out, or add subjects.',
    { subjects: ids.length },
  );
}

/** Fits both folds of a half-sample, and encodes each by the model of the other fold. */
export async function refit(
  { rows, number, threads }: Refit,
  { dataset, config, latents, device }: Refits,
  signal?: AbortSignal,
): Promise<Refitted> {
  const half = selectSubjects(dataset, rows);
  const light: FitConfig = {
    ...config,
    encoderRestarts: Math.min(config.encoderRestarts, MAX.encoderRestarts),
    componentRestarts: Math.min(config.componentRestarts, MAX.componentRestarts),
    componentSteps: Math.min(config.componentSteps, MAX.componentSteps),
    epochs: Math.ceil(EPOCHS * config.epochs),
    // Folds and initial values are drawn again, too.
    seed: (config.seed + 1 + number) % 2 ** 32,
  };
  const nodes = latentNodes(modalityShapes(dataset));
  // With groups of unequal sizes, a fold can have too few subjects.
  if (!isEnough(half, light.seed)) return { splits: [], pairs: [], latents: [] };
  const tables = dataset.modalities.map(({ name, latents: width }) => ({ width, values: latents[name] }));
  const fitted = Float32Array.from(
    [...rows].flatMap((row) =>
      tables.flatMap(({ width, values }) => [...values.subarray(row * width, (row + 1) * width)]),
    ),
  );
  const crossFitted = await crossFit(half, light, { fitted, hooks: { signal, threads, device } });
  return {
    splits: withinLevels(half, crossFitted.splits).map(({ folds }) => ({
      folds: folds.map(({ ids, units, forms, lost }) => ({ ids, units, forms, lost })),
    })),
    pairs: pairEvidence(nodes, crossFitted, light.seed),
    latents: latentEvidence(nodes, crossFitted),
  };
}
