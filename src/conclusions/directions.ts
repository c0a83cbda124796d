// The direction of a link of a fit: applies the common rule for arrows to its evidence and settings.

import type { LinkDirection } from '../causal/discovery/link-figures.js';
import type { LatentEdge, LatentGraph } from '../causal/index.js';
import { variableNames } from '../causal/same-variable.js';
import { directionBetween, type AssumedDirection } from '../evidence/directions.js';
import { isOrderAssumed } from '../training/assumed-order.js';
import type { RunSummary } from '../training/run-folder.js';

/** A smaller difference of likelihoods, in standard errors, does not distinguish two orders of the modalities. */
export const EQUAL_STANDARD_ERRORS = 2;

export interface Direction extends LinkDirection {
  /** Comparison of the reversed order on held-out subjects; left out if it was not compared. */
  readonly reversed?: ReversedOrder | undefined;
  /**
   * A cause that divides the subjects as the batches of one of the two modalities do. Its effect there was removed with
   * that of the batch, which leaves no evidence of the direction.
   */
  readonly sameAsBatch?: string | undefined;
}

/** The reversed order relative to the study's order. Less than two standard errors of the difference count as equal. */
export type ReversedOrder = 'worse' | 'as-well' | 'better';

export interface DirectionFacts extends Pick<RunSummary, 'evidence' | 'config'> {
  /** True for two latents of one modality, to which the order of the modalities does not apply. */
  readonly isWithin: boolean;
}

/**
 * Returns the direction of a link. A link of a variable with copies in several modalities has the direction that its
 * copies have; it is undecided if the order of the modalities gives them different ones.
 * @param edge edge of the fit between the two, in either direction
 */
export function directionOf(
  pair: readonly [string, string],
  edge: Pick<LatentEdge, 'from' | 'to'> | undefined,
  facts: DirectionFacts,
): Direction {
  const { evidence, isWithin } = facts;
  const copies = copyPairs(pair, evidence).map((one) => singleDirection(one, undefined, { ...facts, isWithin: false }));
  const single = singleDirection(pair, edge, facts);
  if (copies.length === 0) return single;
  const variable = variableNames(evidence?.shared);
  const all = isWithin ? copies : [single, ...copies];
  const known = all.find(({ verdict }) => verdict === 'supported') ?? all.find(({ verdict }) => verdict === 'assumed');
  if (!known) return single;
  const causeOf = ({ from }: Direction): string => variable(from!);
  const isContradicted = all.some((one) => one.verdict !== 'undecided' && causeOf(one) !== causeOf(known));
  if (isContradicted) return { verdict: 'undecided' };
  const [from, to] = causeOf(known) === variable(pair[0]) ? pair : [pair[1], pair[0]];
  return { ...known, from, to };
}

/** Returns the other pairs of copies of two variables that are latents of different modalities, in their order. */
function copyPairs(pair: readonly [string, string], evidence: RunSummary['evidence']): [string, string][] {
  const copiesOf = (name: string): readonly string[] =>
    evidence?.shared?.same.find(({ latents }) => latents.includes(name))?.latents ?? [name];
  const [ofFirst, ofSecond] = pair.map(copiesOf);
  if (!evidence || ofFirst.length * ofSecond.length === 1) return [];
  const place = new Map(evidence.latents.map(({ name }, i) => [name, i]));
  const modalityOf = (name: string): string => name.slice(0, name.lastIndexOf('.'));
  return ofFirst
    .flatMap((one) => ofSecond.map((other) => [one, other]))
    .filter(([one, other]) => modalityOf(one) !== modalityOf(other) && !(pair.includes(one) && pair.includes(other)))
    .map(([one, other]) => (place.get(one)! < place.get(other)! ? [one, other] : [other, one]));
}

function singleDirection(
  [first, second]: readonly [string, string],
  edge: Pick<LatentEdge, 'from' | 'to'> | undefined,
  { evidence, config, isWithin }: DirectionFacts,
): Direction {
  const assumed: AssumedDirection | undefined =
    isOrderAssumed(config) && !isWithin
      ? { from: edge?.from ?? first, to: edge?.to ?? second, by: 'order' }
      : undefined;
  const sameAsBatch = isWithin ? undefined : causeSameAsBatch([first, second], evidence);
  const arrows = sameAsBatch === undefined ? (evidence?.directions ?? []) : [];
  const direction = directionBetween([first, second], arrows, assumed);
  const reversed = isWithin || direction.verdict === 'supported' ? undefined : reversedOrder(evidence);
  return { ...direction, ...(reversed && { reversed }), ...(sameAsBatch !== undefined && { sameAsBatch }) };
}

/**
 * Returns a cause whose effect on one of the latents is not identifiable, because batches of the modality divide the
 * subjects in the same way. If a level → a → b, b lacks the effect of the level once that of its batch is removed, so
 * level → a ← b explains the data best.
 */
function causeSameAsBatch(latents: readonly string[], evidence: RunSummary['evidence']): string | undefined {
  return evidence?.causes?.effects.find(({ latent, reason }) => reason === 'batch' && latents.includes(latent))?.cause;
}

/** Returns why a link has no direction. @param cause `sameAsBatch` of its direction */
export function batchReason(cause: string): string {
  const same = `the batches of one of the two modalities divide the subjects in the same way as ${cause}`;
  return `${same}, so its effect there is not identifiable`;
}

/**
 * Returns the comparison of the reversed order; undefined if there was none. A better likelihood is evidence only under
 * the assumptions of the flow. It can question a direction, but never support one.
 */
export function reversedOrder(evidence: RunSummary['evidence']): ReversedOrder | undefined {
  if (!evidence?.order) return undefined;
  const { difference, standardError } = evidence.order;
  if (Math.abs(difference) < EQUAL_STANDARD_ERRORS * standardError) return 'as-well';
  return difference > 0 ? 'worse' : 'better';
}

/** True if two latents are the same variable. */
export function isSameVariable(evidence: RunSummary['evidence'], [first, second]: readonly [string, string]): boolean {
  return (evidence?.shared?.same ?? []).some(({ latents }) => latents.includes(first) && latents.includes(second));
}

/** Returns the graph with the verdict on the direction of every edge, for drawings and formats. */
export function withDirections(graph: LatentGraph, summary: Pick<RunSummary, 'evidence' | 'config'>): LatentGraph {
  const modalityOf = new Map(graph.nodes.map(({ name, modality }) => [name, modality]));
  const edges = graph.edges.map((edge): LatentEdge => {
    const isWithin = modalityOf.get(edge.from) === modalityOf.get(edge.to);
    const { from: first, to: second } = edge;
    if (isSameVariable(summary.evidence, [first, second])) return { ...edge, direction: 'undecided' };
    // Edges in both directions are one link with one direction.
    const link = graph.edges.find(({ from, to }) => [from, to].includes(first) && [from, to].includes(second));
    const { verdict, from } = directionOf([first, second], link, { ...summary, isWithin });
    // A fitted edge may point against the direction of its link.
    return { ...edge, direction: verdict === 'undecided' || from === first ? verdict : 'undecided' };
  });
  return { ...graph, edges };
}
