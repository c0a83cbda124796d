// What stands up to cross-fitting: which modalities are associated, which latents are replicated and linked, and the
// graph without the edges that are not supported (docs/evidence.md).

import type { LatentEdge, LatentGraph } from '../causal/index.js';
import type { Dataset } from '../data/dataset.js';
import { hasCopiedRows, mostSampled } from '../quality/index.js';
import type { Subspaces } from '../training/component-part.js';
import type { FitConfig } from '../training/config.js';
import { crossFit, type CrossFit, type CrossFitHooks } from './cross-fit.js';
import type { DirectionEvidence } from './directions.js';
import { FOLDS, isEnough } from './folds.js';
import { latentEvidence, type LatentEvidence } from './latents.js';
import { searchLatents, type LinkEvidence } from './latent-search.js';
import type { EvidenceMode } from './modes.js';
import { hasOrder, orderEvidence, type OrderEvidence } from './order.js';
import { ALPHA, pairEvidence, type PairEvidence } from './pairs.js';
import { LINK_ALPHA } from './searched-link.js';

/** Repeated splits of a full test. */
const FULL_SPLITS = 3;
/** From so many subjects on, how they are cut hardly matters. */
const MANY_SUBJECTS = 20_000;

/** A supported link that the fit lacked, in the direction that its graph allows. */
export interface OpenedLink {
  readonly from: string;
  readonly to: string;
}

export interface Evidence {
  readonly alpha: number;
  /** Level of a single test of a direct link. */
  readonly linkAlpha: number;
  readonly folds: number;
  /** Repeated splits into folds. */
  readonly splits: number;
  /** Subjects that were tested, each encoded by models that never saw it. */
  readonly subjects: number;
  /** Groups they belong to; left out where the study has none. */
  readonly groups?: number | undefined;
  /** False where subjects, or groups of them, are too few, too few have two modalities, or rows are copies. */
  readonly tested: boolean;
  /** Left out where something was tested, or subjects are too few. */
  readonly untested?: 'copied-rows' | undefined;
  readonly pairs: readonly PairEvidence[];
  /** By node of the graph; none where nothing was tested. */
  readonly latents: readonly LatentEvidence[];
  readonly links: readonly LinkEvidence[];
  /** Arrowheads that colliders support. */
  readonly directions: readonly DirectionEvidence[];
  /**
   * The study's order of modalities beside the reversed one. Left out by a quick test, where no link is supported, by
   * joint, acyclic and cyclic fits, and where fewer than 10 held-out subjects have every modality.
   */
  readonly order?: OrderEvidence | undefined;
  /** Subjects, evenly spread, that latents were compared on; left out: all. */
  readonly comparedSubjects?: number | undefined;
  /** Edges between modalities that the fit found and that are not supported; they are not in the graph. */
  readonly unsupported: readonly LatentEdge[];
  /** Supported links that the fit lacked and its graph took up; left out: none. */
  readonly opened?: readonly OpenedLink[] | undefined;
  readonly seconds: number;
}

export interface TestedGraph {
  readonly evidence: Evidence;
  /** Without the unsupported edges. */
  readonly graph: LatentGraph;
  /** Left out where nothing was tested. */
  readonly crossFitted?: CrossFit;
}

/** True if there are subjects enough to cross-fit, and they are different ones. */
export function canBeTested(dataset: Pick<Dataset, 'modalities' | 'ids' | 'groups'>, seed: number): boolean {
  return isEnough(dataset, seed) && !hasCopiedRows(dataset);
}

/** Returns how often the subjects are cut into folds. */
export function splitsOf(mode: EvidenceMode, subjects: number): number {
  return mode === 'quick' || subjects >= MANY_SUBJECTS ? 1 : FULL_SPLITS;
}

/**
 * @param graph as it was fitted @param fitted posterior means of the fitted model, subjects × D
 * @param options.components the subspaces that the fit's components were found in; left out: orders are not compared
 * @throws what `crossFit` throws
 */
export async function testGraph(
  graph: LatentGraph,
  fitted: Float32Array,
  {
    dataset,
    config,
    mode = 'full',
    hooks = {},
    components,
  }: {
    dataset: Dataset;
    config: FitConfig;
    mode?: EvidenceMode;
    hooks?: CrossFitHooks;
    components?: Subspaces | undefined;
  },
): Promise<TestedGraph> {
  const started = performance.now();
  const subjects = dataset.ids.length;
  const splits = splitsOf(mode, subjects);
  const { nodes } = graph;
  const isCopied = hasCopiedRows(dataset);
  const found = canBeTested(dataset, config.seed)
    ? await crossFit(dataset, config, { fitted, splits, hooks })
    : undefined;
  const pairs = pairEvidence(nodes, found, config.seed);
  const tested = pairs.some(({ folds }) => folds.length > 0);
  const latents = found ? latentEvidence(nodes, found) : [];
  const { links, directions } = found
    ? await searchLatents({ nodes, splits: found.splits, pairs, latents, seed: config.seed }, { signal: hooks.signal })
    : { links: [], directions: [] };
  const supported = new Set(
    links
      .filter(({ verdict }) => verdict === 'supported')
      .flatMap(({ first, second }) => [`${first} ${second}`, `${second} ${first}`]),
  );
  const modalityOf = new Map(nodes.map(({ name, modality }) => [name, modality]));
  const isKept = ({ from, to }: LatentEdge): boolean =>
    modalityOf.get(from) === modalityOf.get(to) || supported.has(`${from} ${to}`);
  const isCompared = mode === 'full' && supported.size > 0 && hasOrder(dataset, config);
  const order = isCompared && components ? await orderEvidence(components, { dataset, config, hooks }) : undefined;
  return {
    evidence: {
      alpha: ALPHA,
      linkAlpha: LINK_ALPHA,
      folds: FOLDS,
      splits,
      subjects,
      ...(dataset.groups && { groups: new Set(dataset.groups).size }),
      tested,
      ...(isCopied && { untested: 'copied-rows' as const }),
      pairs,
      latents,
      links,
      directions,
      ...(order && { order }),
      ...(found && subjects > mostSampled.subjects && { comparedSubjects: mostSampled.subjects }),
      unsupported: graph.edges.filter((edge) => !isKept(edge)),
      seconds: (performance.now() - started) / 1000,
    },
    graph: { ...graph, edges: graph.edges.filter(isKept) },
    ...(found && { crossFitted: found }),
  };
}
