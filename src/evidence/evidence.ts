// Evidence from cross-fitting: associated modalities, replicated and linked latents, and the graph without unsupported
// edges (docs/explanation/evidence.md).

import type { LatentEdge, LatentGraph } from '../causal/index.js';
import { variableNames } from '../causal/same-variable.js';
import type { Dataset } from '../data/dataset.js';
import { hasCopiedRows, maxSampled } from '../quality/index.js';
import type { FitConfig } from '../training/config.js';
import type { ComponentFit } from '../training/two-stage.js';
import {
  batchEvidence,
  causeArrows,
  causeEvidence,
  withinLevels,
  type BatchEvidence,
  type CauseEvidence,
  type EffectQuestion,
} from './causes/index.js';
import { crossFit, type CrossFit, type CrossFitHooks } from './cross-fit.js';
import type { DirectionEvidence } from './directions.js';
import { FOLDS, isEnough } from './folds.js';
import type { LatentEffects } from './latent-effects.js';
import { latentEvidence, type LatentEvidence } from './latents.js';
import { searchLatents, type LinkEvidence } from './latent-search.js';
import type { Mechanism } from './mechanisms.js';
import type { EvidenceMode } from './modes.js';
import { heldOutGroups, hasOrder, orderEvidence, orderFits, type OrderEvidence, type OrderFit } from './order.js';
import { ALPHA, pairEvidence, type PairEvidence } from './pairs.js';
import { LINK_ALPHA } from './searched-link.js';
import { sharedEvidence, type SharedEvidence } from './shared-latents.js';

/** Number of repeated splits in a full test. */
const FULL_SPLITS = 3;
/** From this number of subjects on, the choice of the split hardly matters. */
const MANY_SUBJECTS = 20_000;

/** A supported link that the fit did not have, in the direction that its graph allows. */
export interface OpenedLink {
  readonly from: string;
  readonly to: string;
}

export interface Evidence {
  readonly alpha: number;
  /** Level of a single test of a direct link. */
  readonly linkAlpha: number;
  readonly folds: number;
  /** Number of repeated splits into folds. */
  readonly splits: number;
  /** Number of tested subjects, each encoded by models that were not trained on it. */
  readonly subjects: number;
  /** Number of their groups; left out if the study has none. */
  readonly groups?: number | undefined;
  /** False if there are too few subjects or groups, too few with two modalities, or copied rows. */
  readonly tested: boolean;
  /** Reason why nothing was tested. Left out if something was tested or there are too few subjects. */
  readonly untested?: 'copied-rows' | 'one-modality' | undefined;
  readonly pairs: readonly PairEvidence[];
  /** Evidence for each node of the graph; empty if nothing was tested. */
  readonly latents: readonly LatentEvidence[];
  readonly links: readonly LinkEvidence[];
  /** Latents that modalities share; left out for one modality, with observed causes, or if nothing was tested. */
  readonly shared?: SharedEvidence | undefined;
  /** Arrowheads that colliders or assigned causes support. */
  readonly directions: readonly DirectionEvidence[];
  /** Effects of the observed causes; left out if the study has none, or nothing was tested. */
  readonly causes?: CauseEvidence | undefined;
  /** What batches shift; left out if the study has none, or only one modality. */
  readonly batches?: readonly BatchEvidence[] | undefined;
  /**
   * Comparison of the study's order of modalities with the reversed order. Left out for a quick test, if no link is
   * supported, for joint, acyclic and cyclic fits, and if fewer than 10 held-out subjects have every modality.
   */
  readonly order?: OrderEvidence | undefined;
  /** Number of evenly spread subjects on which latents were compared; left out if all were. */
  readonly comparedSubjects?: number | undefined;
  /** Edges of the fit between modalities that are not supported. They are not in the graph. */
  readonly unsupported: readonly LatentEdge[];
  /** Supported links that the fit did not have and that were added to its graph; left out if there are none. */
  readonly opened?: readonly OpenedLink[] | undefined;
  /** Properties of the links between modalities that the graph has in the end; left out if nothing was tested. */
  readonly mechanisms?: readonly Mechanism[] | undefined;
  /**
   * Effects of setting a latent, over all equally good graphs. Left out if nothing was tested, modalities share
   * latents, or the graph may have cycles.
   */
  readonly latentEffects?: LatentEffects | undefined;
  readonly seconds: number;
}

export interface TestedGraph {
  readonly evidence: Evidence;
  /** The graph without the unsupported edges. */
  readonly graph: LatentGraph;
  /** Fits in several orders of the modalities; empty if they were not compared. */
  readonly orders: readonly OrderFit[];
  /** With the splits as links were tested: within the values of causes. Left out if nothing was tested. */
  readonly crossFitted?: CrossFit;
}

/** True if there are enough subjects to cross-fit, and no rows are copies. */
export function canBeTested(dataset: Pick<Dataset, 'modalities' | 'ids' | 'groups' | 'causes'>, seed: number): boolean {
  return isEnough(dataset, seed) && !hasCopiedRows(dataset);
}

/** Returns the number of splits of the subjects into folds. */
export function splitsOf(mode: EvidenceMode, subjects: number): number {
  return mode === 'quick' || subjects >= MANY_SUBJECTS ? 1 : FULL_SPLITS;
}

/**
 * Cross-fits a study, tests its pairs of modalities and its links, and removes unsupported edges.
 * @param graph graph of the fit @param fitted posterior means of the fitted model, subjects × D
 * @param options.components subspaces in which the fit found its components; without them, orders are not compared
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
    components?: ComponentFit | undefined;
  },
): Promise<TestedGraph> {
  const started = performance.now();
  const subjects = dataset.ids.length;
  const splits = splitsOf(mode, subjects);
  const { nodes } = graph;
  const isCopied = hasCopiedRows(dataset);
  const crossFitted = canBeTested(dataset, config.seed)
    ? await crossFit(dataset, config, { fitted, splits, hooks })
    : undefined;
  const pairs = pairEvidence(nodes, crossFitted, config.seed);
  const latents = crossFitted ? latentEvidence(nodes, crossFitted) : [];
  const causes = crossFitted && causesOf(dataset, { nodes, splits: crossFitted.splits, latents, seed: config.seed });
  const tested =
    pairs.some(({ folds }) => folds.length > 0) ||
    (causes?.effects.some(({ effect }) => effect !== undefined) ?? false);
  const within = withinLevels(dataset, crossFitted?.splits ?? []);
  const shared = crossFitted && sharedEvidence({ nodes, splits: crossFitted.splits });
  const { links, directions } = crossFitted
    ? await searchLatents(
        { nodes, splits: within, pairs, latents, same: shared?.same, seed: config.seed },
        { signal: hooks.signal },
      )
    : { links: [], directions: [] };
  const shifts = crossFitted?.splits.flatMap((split) => split.batches ?? []) ?? [];
  const batches = shifts.length > 0 ? batchEvidence(shifts, pairs) : undefined;
  const arrows = causes ? causeArrows(causes.effects, { nodes, links, study: causeStudy(dataset)! }) : [];
  // A link of one copy of a variable is a link of all its copies.
  const variable = variableNames(shared);
  const supported = new Set(
    links
      .filter(({ verdict }) => verdict === 'supported')
      .map(({ first, second }) => [variable(first), variable(second)])
      .flatMap(([first, second]) => [`${first} ${second}`, `${second} ${first}`]),
  );
  const modalityOf = new Map(nodes.map(({ name, modality }) => [name, modality]));
  const isSupported = ({ from, to }: LatentEdge): boolean =>
    modalityOf.get(from) === modalityOf.get(to) ||
    variable(from) === variable(to) ||
    supported.has(`${variable(from)} ${variable(to)}`);
  const isCompared = mode === 'full' && supported.size > 0 && hasOrder(dataset, config);
  const subspaces = isCompared ? components?.subspaces : undefined;
  const orders = subspaces ? await orderFits(subspaces, { dataset, config, hooks }) : [];
  return {
    evidence: {
      alpha: ALPHA,
      linkAlpha: LINK_ALPHA,
      folds: FOLDS,
      splits,
      subjects,
      ...(dataset.groups && { groups: new Set(dataset.groups).size }),
      tested,
      ...untestable(dataset, isCopied),
      pairs,
      latents,
      links,
      ...(shared && { shared }),
      directions: [...directions, ...arrows],
      ...(causes && { causes }),
      ...(batches && { batches }),
      ...(orders.length > 0 && { order: orderEvidence(orders, heldOutGroups(subspaces!, dataset)) }),
      ...(crossFitted && subjects > maxSampled.subjects && { comparedSubjects: maxSampled.subjects }),
      unsupported: graph.edges.filter((edge) => !isSupported(edge)),
      seconds: (performance.now() - started) / 1000,
    },
    graph: { ...graph, edges: graph.edges.filter(isSupported) },
    orders,
    ...(crossFitted && { crossFitted: { ...crossFitted, splits: within } }),
  };
}

/** Returns why a study has nothing to test, unless it has too few subjects. */
function untestable({ modalities, causes }: Dataset, isCopied: boolean): Pick<Evidence, 'untested'> {
  if (isCopied) return { untested: 'copied-rows' };
  return modalities.length === 1 && !causes ? { untested: 'one-modality' } : {};
}

/** Returns what tests of causes need of a study; undefined without causes. */
function causeStudy({ causes, groups, covariates }: Dataset): EffectQuestion['study'] | undefined {
  return causes && { causes, groups, covariates };
}

function causesOf(
  dataset: Dataset,
  question: Omit<EffectQuestion, 'study' | 'modalities' | 'ids'>,
): CauseEvidence | undefined {
  const study = causeStudy(dataset);
  return study && causeEvidence({ ...question, study, modalities: dataset.modalities, ids: dataset.ids });
}
