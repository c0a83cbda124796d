// How steady links are when the fit is made anew too: subjects are halved, each half is cross-fitted, its latents are
// matched to the fitted model's, and its links are tested (docs/evidence.md).

import { checkArgument, checkLength, checkOptions, type Shape } from '../argument.js';
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
import { InputError } from '../errors.js';
import { shareOf, sideBySide } from '../threads/side-by-side.js';
import type { FitConfig } from '../training/config.js';
import { modalityShapes } from '../training/program.js';
import { crossFit, type CrossFitHooks } from './cross-fit.js';
import { discoverLatents, type DiscoverLatentsOptions, type LatentDiscovery } from './discover-latents.js';
import { isEnough } from './folds.js';
import type { FoldUnits } from './latent-search.js';
import { latentEvidence, type LatentEvidence } from './latents.js';
import { pairEvidence, type PairEvidence } from './pairs.js';
import { REFIT_OPTIONS, type RefitOptions } from './question-shapes.js';

/** What is fitted anew, and what its latents are matched to. */
export interface Refits extends Pick<CrossFitHooks, 'device'> {
  /** The subjects of the fit. */
  readonly dataset: Dataset;
  /** Settings of the fit: `model.summary.config`. */
  readonly config: FitConfig;
  /** The fitted model's, of the same subjects: `await model.encode(dataset)`. */
  readonly latents: Readonly<Record<string, Float32Array>>;
  /** Half-samples that are fitted at a time, in threads of their own which share `threads`. Default: 1. */
  readonly workers?: number;
}

/** As `LatentDiscovery`; the edges have `frequencies` and `intervals`. */
export interface RefittedDiscovery extends LatentDiscovery {
  readonly halfSamples: HalfSampleShares;
}

/** One of the half-samples. */
export interface Refit extends Pick<CrossFitHooks, 'threads'> {
  /** Of its subjects, ascending. */
  readonly rows: Int32Array;
  readonly number: number;
}

/** A half-sample: its held-out units, and what is known of its modalities and latents. */
export interface Refitted {
  readonly splits: readonly { readonly folds: readonly FoldUnits[] }[];
  readonly pairs: readonly PairEvidence[];
  readonly latents: readonly LatentEvidence[];
}

/** As `refit`, wherever that is. */
export type FitAgain = (one: Refit, refits: Refits, signal: AbortSignal) => Promise<Refitted>;

/** Settings of a refit, where the fit has more: measured on case 1 (docs/evidence.md). */
const MAX = { runs: 2, restarts: 8, componentSteps: 750 } as const;
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
 * As `discoverLatents`, with the share of half-samples in which each link is found: subjects (groups of the data set,
 * where it has them) are halved, and everything is done anew with each half: the fits of both folds, the test which
 * modalities are associated, and the search. The graph of all subjects is the same.
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
    const found = await fitAgain({ rows, number, threads: shareOf(threads, workers) }, refits, stop);
    // Arrowheads of a half are those that all of its units show.
    const { graph } = await discoverLatents({ ...question, ...found, halfSamples: 0 }, { signal: stop });
    onProgress?.(++done, total);
    return { latents: found.latents, marks: graph.marks };
  };
  const counts = new EdgeCounts(variables);
  const timesReplicated = nodes.map(() => 0);
  for (const { latents, marks } of await sideBySide(halfSamples, workers, one, signal)) {
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

/** A look at everything before the long work. */
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
    `half of ${ids.length} subjects are too few to fit one fold and test on the other: refits need 80 subjects, in ` +
      '40 groups at least where rows belong to groups. Leave refits out, or add subjects.',
    { subjects: ids.length },
  );
}

/** Fits both folds of a half-sample, and encodes each by the model that did not see it. */
export async function refit(
  { rows, number, threads }: Refit,
  { dataset, config, latents, device }: Refits,
  signal?: AbortSignal,
): Promise<Refitted> {
  const half = selectSubjects(dataset, rows);
  const light: FitConfig = {
    ...config,
    runs: Math.min(config.runs, MAX.runs),
    restarts: Math.min(config.restarts, MAX.restarts),
    componentSteps: Math.min(config.componentSteps, MAX.componentSteps),
    epochs: Math.ceil(EPOCHS * config.epochs),
    // Folds and initial values are drawn anew as well.
    seed: (config.seed + 1 + number) % 2 ** 32,
  };
  const nodes = latentNodes(modalityShapes(dataset));
  // Groups of unequal sizes can leave a fold too few.
  if (!isEnough(half, light.seed)) return { splits: [], pairs: [], latents: [] };
  const own = dataset.modalities.map(({ name, latents: width }) => ({ width, values: latents[name] }));
  const fitted = Float32Array.from(
    [...rows].flatMap((row) =>
      own.flatMap(({ width, values }) => [...values.subarray(row * width, (row + 1) * width)]),
    ),
  );
  const found = await crossFit(half, light, { fitted, hooks: { signal, threads, device } });
  return {
    splits: found.splits.map(({ folds }) => ({
      folds: folds.map(({ ids, units, forms }) => ({ ids, units, forms })),
    })),
    pairs: pairEvidence(nodes, found, light.seed),
    latents: latentEvidence(nodes, found),
  };
}
