// How steady edges are when the fit is drawn anew too: in every resample subjects are drawn with replacement,
// cross-fitted, their latents matched to the fitted model's, and the graph looked for again (docs/evidence.md).

import { checkArgument, checkLength, checkOptions, type Shape } from '../argument.js';
import { drawRows, EdgeCounts } from '../causal/discovery/bootstrap.js';
import type { DataColumn } from '../causal/discovery/columns.js';
import { assemble, checkDiscovery } from '../causal/discovery/discover.js';
import { PARALLEL_OPTIONS } from '../causal/discovery/options.js';
import { compileKnowledge, type BackgroundKnowledge } from '../causal/discovery/search/knowledge.js';
import { searchInParallel } from '../causal/discovery/threads/parallel.js';
import { latentNodes, type Discovery, type LatentNode, type ParallelOptions } from '../causal/index.js';
import type { Dataset } from '../data/dataset.js';
import { copySubjects } from '../data/resample.js';
import { InputError } from '../errors.js';
import { shareOf, sideBySide } from '../threads/side-by-side.js';
import type { FitConfig } from '../training/config.js';
import { modalityShapes } from '../training/program.js';
import { crossFit, type CrossFit, type CrossFitHooks } from './cross-fit.js';
import { checkEnough, isEnough } from './folds.js';
import { forbiddenEdges, unrelatedModalities, withForbidden } from './gate.js';
import { latentEvidence, type LatentEvidence } from './latents.js';
import { pairEvidence } from './pairs.js';

/** What is fitted anew, and what its latents are matched to. */
export interface Refits extends Pick<CrossFitHooks, 'device'> {
  /** The subjects of the fit. */
  readonly dataset: Dataset;
  /** Settings of the fit: `model.summary.config`. */
  readonly config: FitConfig;
  /** The fitted model's, of the same subjects: `await model.encode(dataset)`. */
  readonly latents: Readonly<Record<string, Float32Array>>;
  /** Subject of each row of the columns; those of the data set when left out. */
  readonly ids?: readonly string[];
  /** Resamples that are fitted at a time, in threads of their own which share `threads`. Default: 1. */
  readonly workers?: number;
}

/** One of the resamples. */
export interface Refit extends Pick<CrossFitHooks, 'threads'> {
  /** Of the drawn subjects. */
  readonly rows: Int32Array;
  readonly number: number;
}

/** As `refit`, wherever that is. */
export type FitAgain = (one: Refit, refits: Refits, signal: AbortSignal) => Promise<Refitted>;

/** Settings of a refit, where the fit has more: measured on case 1 (docs/evidence.md). */
const MOST = { runs: 2, restarts: 8, componentSteps: 750 } as const;
const EPOCHS = 1 / 2;

const REFITS: Shape = {
  dataset: {
    ids: ['text'],
    modalities: [{ name: 'text', columns: 'list', latents: 'number', exogenous: 'number', values: 'typed array' }],
    split: { train: 'typed array', validation: 'typed array', test: 'typed array' },
  },
  config: { seed: 'number', epochs: 'number' },
  latents: {},
  'ids?': ['text'],
  'workers?': 'number',
};

/**
 * As `discoverInParallel`, with other resamples: `bootstrap` times subjects (groups of the data set, where it has them)
 * are drawn with replacement, all copies of one in the same half, and everything is done anew: both halves' fits, the
 * test which modalities are related, the search. The graph of all data is the same, and no resample has an edge that
 * the knowledge forbids there.
 *
 * @param columns cross-fitted latents by their names, beside any others, which are drawn with their subjects
 * @param options `groups` are those of the data set
 * @throws InputError `unknown-option`, `invalid-argument`; `invalid-resamples` without resamples or latents;
 *   `invalid-threads`; `too-few-subjects`; what `discoverInParallel` and a fit throw
 */
export async function discoverWithRefits(
  columns: readonly DataColumn[],
  options: ParallelOptions,
  refits: Refits,
  fitAgain: FitAgain = refit,
): Promise<Discovery> {
  checkOptions('discoverWithRefits', options, PARALLEL_OPTIONS);
  checkArgument('discoverWithRefits: refits', refits, REFITS);
  checkDiscovery(columns, options);
  const nodes = latentNodes(modalityShapes(refits.dataset));
  checkRefits(columns, options, refits, nodes);
  const { bootstrap = 0, seed = 0, onProgress, ...given } = options;
  const { workers = 1 } = refits;
  // Groups and threshold are of the resamples, which are drawn and counted here.
  const search = { ...given, threshold: undefined, groups: undefined };
  const total = bootstrap + 1;
  const { whole } = await searchInParallel(columns, search);
  onProgress?.(1, total);
  const threads = shareOf(given.threads, workers);
  let done = 1;
  const one = async (number: number, signal: AbortSignal) => {
    const rows = drawRows(refits.dataset.ids.length, seed, number, refits.dataset.groups);
    const { replicated, ...found } = await fitAgain({ rows, number, threads }, refits, signal);
    const forbidden = forbiddenHere(columns, found, nodes, search.knowledge);
    const sample = sampleOf(columns, rows, refits, { ...found, nodes });
    const knowledge = withForbidden(search.knowledge, forbidden);
    const { whole: again } = await searchInParallel(sample, { ...search, knowledge, threads, signal });
    onProgress?.(++done, total);
    return { replicated, marks: again.graph.marks };
  };
  const counts = new EdgeCounts(columns);
  const timesFound = nodes.map(() => 0);
  for (const { replicated, marks } of await sideBySide(bootstrap, workers, one, given.signal)) {
    counts.add(marks);
    for (const latent of nodes.keys()) {
      timesFound[latent] += Number(replicated[latent].replicated);
    }
  }
  const foundAgain = nodes.map(({ name }, latent) => ({ name, share: timesFound[latent] / bootstrap }));
  const resampling = { resamples: bootstrap, seed, resampled: 'subjects-before-fitting', foundAgain } as const;
  return assemble(columns, whole, options, { ...resampling, pairs: counts.pairs() });
}

/** A look at everything before the long work. */
function checkRefits(
  columns: readonly DataColumn[],
  { bootstrap = 0 }: Pick<ParallelOptions, 'bootstrap'>,
  { dataset, config, latents, ids = dataset.ids, workers = 1 }: Refits,
  nodes: readonly LatentNode[],
): void {
  if (bootstrap === 0) {
    throw new InputError('invalid-resamples', 'refits are resamples: they need bootstrap above 0');
  }
  if (!Number.isSafeInteger(workers) || workers < 1) {
    throw new InputError('invalid-threads', `workers must be a whole number of at least 1, got ${workers}`);
  }
  if (!columns.some(({ name }) => nodes.some((node) => node.name === name))) {
    const names = nodes.map(({ name }) => name).join(', ');
    throw new InputError(
      'invalid-resamples',
      `no column is a latent: there is nothing to fit anew; latents are ${names}`,
    );
  }
  checkLength('discoverWithRefits: refits.ids', ids, columns[0].values.length);
  for (const { name, latents: width } of dataset.modalities) {
    const place = `discoverWithRefits: refits.latents.${name}`;
    checkArgument(place, latents[name], 'typed array');
    checkLength(place, latents[name], dataset.ids.length * width);
  }
  checkEnough(dataset, config.seed);
}

/** A resample: its latents, row by row, and the modalities between which it finds nothing. */
export interface Refitted extends Pick<CrossFit, 'latents'> {
  readonly replicated: readonly LatentEvidence[];
  readonly unrelated: readonly (readonly [string, string])[];
}

/** Latents of the drawn subjects, each by a model that saw no copy of it. */
export async function refit(
  { rows, number, threads }: Refit,
  { dataset, config, latents, device }: Refits,
  signal?: AbortSignal,
): Promise<Refitted> {
  const drawn = copySubjects(dataset, rows);
  const light: FitConfig = {
    ...config,
    runs: Math.min(config.runs, MOST.runs),
    restarts: Math.min(config.restarts, MOST.restarts),
    componentSteps: Math.min(config.componentSteps, MOST.componentSteps),
    epochs: Math.ceil(EPOCHS * config.epochs),
    // Halves and initial values are drawn anew as well.
    seed: (config.seed + 1 + number) % 2 ** 32,
  };
  const own = dataset.modalities.map(({ name, latents: width }) => ({ width, values: latents[name] }));
  const fitted = Float32Array.from(
    [...rows].flatMap((row) =>
      own.flatMap(({ width, values }) => [...values.subarray(row * width, (row + 1) * width)]),
    ),
  );
  const found = await crossFit(drawn, light, { fitted, hooks: { signal, threads, device } });
  const nodes = latentNodes(modalityShapes(dataset));
  const pairs = pairEvidence(nodes, isEnough(drawn, light.seed) ? found : undefined, light.seed);
  const replicated = latentEvidence(nodes, found);
  return { latents: found.latents, replicated, unrelated: unrelatedModalities(pairs) };
}

/** Edges that a resample's test of the modalities forbids; what is required stays. */
function forbiddenHere(
  columns: readonly DataColumn[],
  { unrelated }: Pick<Refitted, 'unrelated'>,
  nodes: readonly LatentNode[],
  knowledge: BackgroundKnowledge | undefined,
): [string, string][] {
  const known = compileKnowledge(columns, knowledge);
  const position = new Map(columns.map(({ name }, i) => [name, i]));
  return forbiddenEdges(unrelated, nodes).filter(([from, to]) => {
    const [i, j] = [position.get(from), position.get(to)];
    return i !== undefined && j !== undefined && !known.requires(i, j) && !known.requires(j, i);
  });
}

/** The columns of the drawn subjects that have a row. */
function sampleOf(
  columns: readonly DataColumn[],
  rows: Int32Array,
  { dataset, ids = dataset.ids }: Pick<Refits, 'dataset' | 'ids'>,
  { latents, nodes }: Pick<Refitted, 'latents'> & { readonly nodes: readonly LatentNode[] },
): DataColumn[] {
  const rowOf = new Map(ids.map((id, row) => [id, row]));
  const drawn = [...rows].map((row) => rowOf.get(dataset.ids[row]));
  const kept = [...drawn.keys()].filter((i) => drawn[i] !== undefined);
  return columns.map((column) => {
    const latent = nodes.findIndex(({ name }) => name === column.name);
    const value = latent < 0 ? (i: number) => column.values[drawn[i]!] : (i: number) => latents[latent][i];
    return { ...column, values: Float64Array.from(kept, value) };
  });
}
