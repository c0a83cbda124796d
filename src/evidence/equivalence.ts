// The class of equally good models: restarts and orders of the modalities that explain held-out subjects as well as the
// best one, with as few edges. What differs between them, the data leave open (docs/explanation/evidence.md).

import { graphFromGates, graphFromStrengths, latentNodes, type LatentNode } from '../causal/index.js';
import { meanCorrelation } from '../metrics/index.js';
import { usesGates, type FitConfig } from '../training/config.js';
import { EQUAL_NATS, EQUAL_STANDARD_ERRORS, SAME, type ScoredReading } from '../training/determination.js';
import { ranking } from '../training/outcome.js';
import type { ComponentFit } from '../training/two-stage.js';
import type { DirectionEvidence } from './directions.js';
import { heldOutGroups, heldOutReadings, pairedDifference, type OrderFit, type OrderStudy } from './order.js';

interface Ends {
  readonly from: string;
  readonly to: string;
}

/** A graph of the class, in terms of the latents of the chosen model. */
export interface EquivalentModel {
  /** `restart`: a restart of the fit. `order`: a restart of another fit of the components. */
  readonly source: 'restart' | 'order';
  /** Order of the modalities in which it was found, causes first; left out if the study has none. */
  readonly order?: readonly string[] | undefined;
  /** Number of fitted models with this graph. */
  readonly fits: number;
  /** Mean log-likelihood that the best model is ahead, nats per held-out subject, and its standard error. */
  readonly difference: number;
  readonly standardError: number;
  readonly edges: readonly Ends[];
  /**
   * Latents of which this model has a mixture with other latents of their modality. Their edges belong to the block of
   * all mixed latents of the modality. Left out if there are none.
   */
  readonly mixed?: readonly string[] | undefined;
}

/** What the graphs of the class say about two latents that have a link in at least one of them. */
export interface EquivalentLink {
  readonly first: string;
  readonly second: string;
  /** `certain`: every graph has the link between single latents. */
  readonly presence: 'certain' | 'possible';
  /** Number of graphs with this link, and of those in which it is a link of a block that has one of the latents. */
  readonly members: number;
  readonly blocks: number;
  /** The direction in most of these graphs, and the number of them. */
  readonly from: string;
  readonly to: string;
  readonly along: number;
  /** `certain`: all graphs have the link in this direction. Left out if only one order of the modalities was fitted. */
  readonly direction?: 'certain' | 'possible' | undefined;
}

export interface Equivalence {
  /** Number of held-out subjects or rows on which models were compared. */
  readonly subjects: number;
  /** Number of compared models. */
  readonly compared: number;
  /** Number of orders of the modalities; left out if the fit finds the order itself. */
  readonly orders?: number | undefined;
  /** The chosen model relative to the best one, as in `EquivalentModel`. If it is a member, its graph is the first. */
  readonly chosen: {
    readonly difference: number;
    readonly standardError: number;
    readonly isMember: boolean;
  };
  /** Distinct graphs. */
  readonly members: readonly EquivalentModel[];
  readonly links: readonly EquivalentLink[];
}

export interface EquivalenceQuestion {
  /** Modalities of the study. */
  readonly modalities: readonly { readonly name: string; readonly latents: number }[];
  readonly config: Pick<FitConfig, 'sparsity'>;
  /** Restarts of the fit, read on held-out subjects, and the number of the chosen one. */
  readonly restarts: { readonly readings: readonly ScoredReading[]; readonly chosen: number };
  /** True if the search has settled on restarts that are equally good. */
  readonly areEqual?: boolean | undefined;
  readonly orders?: readonly OrderFit[] | undefined;
  /** Arrowheads that tests support. Graphs with an edge against one of them are not in the class. */
  readonly directions?: readonly DirectionEvidence[] | undefined;
  /** Groups of the held-out subjects. */
  readonly groups?: readonly string[] | undefined;
}

/** A fit and what is known about it, see `EquivalenceQuestion`. */
export interface FittedComponents extends Pick<EquivalenceQuestion, 'orders' | 'directions'> {
  readonly components: ComponentFit;
}

/**
 * Reads the restarts of a fit on held-out subjects, and returns the class of equally good models.
 * @returns undefined if too few subjects or groups are held out to compare models
 */
export async function equivalentModels(
  { components: { subspaces, settled }, ...known }: FittedComponents,
  study: OrderStudy,
): Promise<Equivalence | undefined> {
  const readings = await heldOutReadings(subspaces, settled, study);
  if (readings.length === 0) return undefined;
  return equivalence({
    ...known,
    modalities: subspaces.modalities,
    config: study.config,
    restarts: { readings, chosen: ranking(settled)[0] },
    // With causes, the search has settled on the restarts that are as good as the best one.
    areEqual: subspaces.causes !== undefined,
    groups: heldOutGroups(subspaces, study.dataset),
  });
}

interface Candidate extends Pick<EquivalentModel, 'source' | 'order'> {
  readonly reading: ScoredReading;
}

/**
 * Returns the class.
 * @returns undefined if too few groups are held out to compare models
 */
export function equivalence(question: EquivalenceQuestion): Equivalence | undefined {
  const { modalities, config, restarts, areEqual = false, orders, groups } = question;
  const names = modalities.map(({ name }) => name);
  const isOrdered = config.sparsity.graph === 'ordered' && modalities.length > 1;
  const candidates: Candidate[] = [
    ...restarts.readings.map((reading) => ({
      source: 'restart' as const,
      ...(isOrdered && { order: names }),
      reading,
    })),
    ...(orders ?? []).flatMap(({ order, readings }) =>
      readings.map((reading) => ({ source: 'order' as const, order, reading })),
    ),
  ].filter(({ reading }) => reading.alive);
  const chosen = restarts.readings[restarts.chosen];
  const read = graphReader(modalities, chosen, config);
  const graphs: Priced[] = candidates.map((candidate) => ({ ...candidate, ...read(candidate) }));
  const consistent = graphs.filter((graph) => !contradicts(graph, question.directions ?? []));
  const allowed = consistent.length > 0 ? consistent : graphs;
  const scoreOf = ({ price, reading }: Priced): number =>
    meanOf(reading.logLikelihood) - config.sparsity.weight * price;
  const first = allowed.reduce((a, b) => (scoreOf(b) > scoreOf(a) ? b : a));
  const best = first.reading;
  const ofChosen = behind(best, chosen, groups);
  if (!Number.isFinite(ofChosen.standardError)) return undefined;
  const equal = allowed
    .map((graph) => ({ ...graph, ...behind(best, graph.reading, groups) }))
    .filter(({ price, source, difference, standardError }) => {
      if (areEqual && source === 'restart') return true;
      const limit = Math.max(EQUAL_NATS, EQUAL_STANDARD_ERRORS * standardError);
      return price <= first.price && difference <= limit;
    })
    .sort((a, b) => Number(b.reading === chosen) - Number(a.reading === chosen) || a.difference - b.difference);
  const members = new Map<string, EquivalentModel>();
  for (const { reading: _, price: __, ...model } of equal) {
    const key = keyOf(model, modalities);
    const known = members.get(key);
    members.set(key, known ? { ...known, fits: known.fits + 1 } : { ...model, fits: 1 });
  }
  const distinct = [...members.values()];
  const tried = Math.max(1, orders?.length ?? 0);
  return {
    subjects: chosen.logLikelihood.length,
    compared: candidates.length,
    ...(isOrdered && { orders: tried }),
    chosen: { ...ofChosen, isMember: equal.some(({ reading }) => reading === chosen) },
    members: distinct,
    links: classLinks(latentNodes(modalities), distinct, !isOrdered || tried > 1),
  };
}

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Returns the mean log-likelihood that a model is behind another one. */
function behind(
  best: ScoredReading,
  { logLikelihood }: ScoredReading,
  groups: readonly string[] | undefined,
): Pick<EquivalentModel, 'difference' | 'standardError'> {
  const { difference, standardError } = pairedDifference(
    best.logLikelihood.map((value, i) => value - logLikelihood[i]),
    groups,
  );
  return { difference, standardError };
}

type MatchedGraph = Pick<EquivalentModel, 'edges' | 'mixed'>;

interface Priced extends Candidate, MatchedGraph {
  /** Number of open gates, as a fit prices them: those within a modality count less. */
  readonly price: number;
}

/** Returns a function that reads graphs in terms of the latents of the chosen model, to which it matches other ones. */
function graphReader(
  modalities: EquivalenceQuestion['modalities'],
  chosen: ScoredReading,
  { sparsity }: Pick<FitConfig, 'sparsity'>,
): (candidate: Candidate) => MatchedGraph & Pick<Priced, 'price'> {
  const nodes = latentNodes(modalities);
  const columns = nodes.length;
  const position = new Map(nodes.map(({ name }, i) => [name, i]));
  const shape = { modalities: modalities.map(({ latents }) => latents) };
  const reference = { values: chosen.latents, rows: chosen.latents.length / columns, columns };
  const byName = new Map(modalities.map((modality) => [modality.name, modality]));
  const modalityOf = new Map(nodes.map(({ name, modality }) => [name, modality]));
  return ({ reading: { latents, edges, openGates }, order }) => {
    const inOrder = order?.map((name) => byName.get(name)!) ?? modalities;
    const { nodes: readNodes, edges: readEdges } = usesGates(sparsity)
      ? graphFromGates(inOrder, edges, edges)
      : graphFromStrengths(inOrder, edges);
    const places = readNodes.map(({ name }) => position.get(name)!);
    const values = new Float32Array(latents.length);
    latents.forEach((value, at) => (values[at - (at % columns) + places[at % columns]] = value));
    const { matching, perLatent } = meanCorrelation(reference, { ...reference, values }, shape).spearman;
    const matchOf = new Map(nodes.map(({ name }, i) => [nodes[matching[i]].name, name]));
    const mixed = nodes.filter((_, i) => perLatent[i] < SAME).map(({ name }) => name);
    const inStudy = readEdges.map(({ from, to }) => ({ from: matchOf.get(from)!, to: matchOf.get(to)! }));
    const rank = ({ from, to }: Ends): number => position.get(to)! * columns + position.get(from)!;
    const within = inStudy.filter(({ from, to }) => modalityOf.get(from) === modalityOf.get(to)).length;
    const price = openGates - (usesGates(sparsity) ? (1 - sparsity.withinWeight) * within : 0);
    return { price, edges: inStudy.sort((a, b) => rank(a) - rank(b)), ...(mixed.length > 0 && { mixed }) };
  };
}

/** True if an edge between single latents points against an arrowhead. Two arrowheads on a link tell no direction. */
function contradicts({ edges, mixed = [] }: MatchedGraph, directions: readonly DirectionEvidence[]): boolean {
  const isHead = (from: string, to: string): boolean => directions.some((one) => one.from === from && one.to === to);
  return edges.some(
    ({ from, to }) => !mixed.includes(from) && !mixed.includes(to) && isHead(to, from) && !isHead(from, to),
  );
}

/** Returns a text that is equal for graphs which differ only inside their blocks. */
function keyOf({ edges, mixed = [] }: MatchedGraph, modalities: EquivalenceQuestion['modalities']): string {
  const modalityOf = new Map(latentNodes(modalities).map(({ name, modality }) => [name, modality]));
  const end = (name: string): string => (mixed.includes(name) ? `block ${modalityOf.get(name)}` : name);
  const between = edges.map(({ from, to }) => [end(from), end(to)]).filter(([from, to]) => from !== to);
  return JSON.stringify([[...new Set(between.map((ends) => ends.join(' → ')))].sort(), mixed]);
}

/** Returns the links of all graphs of a class, in the order of the nodes. */
export function classLinks(
  nodes: readonly LatentNode[],
  members: readonly MatchedGraph[],
  areOrdersTried: boolean,
): EquivalentLink[] {
  const position = new Map(nodes.map(({ name }, i) => [name, i]));
  const counts = new Map<number, LinkCounts>();
  for (const member of members) {
    for (const [pair, { forward, backward, isOfBlock }] of pairsOf(member, nodes, position)) {
      const sums = counts.get(pair) ?? { members: 0, blocks: 0, forward: 0, backward: 0 };
      counts.set(pair, {
        members: sums.members + 1,
        blocks: sums.blocks + Number(isOfBlock),
        forward: sums.forward + Number(forward),
        backward: sums.backward + Number(backward),
      });
    }
  }
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([pair, { members: having, blocks, forward, backward }]) => {
      const [first, second] = [nodes[Math.floor(pair / nodes.length)].name, nodes[pair % nodes.length].name];
      const [from, to] = forward >= backward ? [first, second] : [second, first];
      const isCertain = having === members.length && blocks === 0;
      return {
        ...{ first, second, presence: isCertain ? 'certain' : 'possible', members: having, blocks },
        ...{ from, to, along: Math.max(forward, backward) },
        // A graph without the link has no direction either.
        ...(areOrdersTried && { direction: isCertain && Math.min(forward, backward) === 0 ? 'certain' : 'possible' }),
      };
    });
}

interface LinkCounts {
  readonly members: number;
  readonly blocks: number;
  readonly forward: number;
  readonly backward: number;
}

/** How a graph links two latents; forward is from the first one in the order of the nodes. */
interface Linked {
  readonly forward: boolean;
  readonly backward: boolean;
  readonly isOfBlock: boolean;
}

/** Returns the linked pairs of a graph by first · D + second. Every latent of a block has the links of the block. */
function pairsOf(
  { edges, mixed = [] }: MatchedGraph,
  nodes: readonly LatentNode[],
  position: ReadonlyMap<string, number>,
): ReadonlyMap<number, Linked> {
  const pairs = new Map<number, Linked>();
  const isMixed = nodes.map(({ name }) => mixed.includes(name));
  const blockOf = (name: string): number[] => {
    const at = position.get(name)!;
    if (!isMixed[at]) return [at];
    return [...nodes.keys()].filter((i) => isMixed[i] && nodes[i].modality === nodes[at].modality);
  };
  for (const { from, to } of edges) {
    const [causes, effects] = [blockOf(from), blockOf(to)];
    if (causes.includes(effects[0])) continue;
    for (const cause of causes) {
      for (const effect of effects) {
        const pair = Math.min(cause, effect) * nodes.length + Math.max(cause, effect);
        const known = pairs.get(pair);
        pairs.set(pair, {
          forward: cause < effect || known?.forward === true,
          backward: effect < cause || known?.backward === true,
          isOfBlock: isMixed[cause] || isMixed[effect],
        });
      }
    }
  }
  return pairs;
}
