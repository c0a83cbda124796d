// The one verdict that every output derives from: what is supported by a fit's evidence, what is not, what the study
// cannot answer, and what the user assumed (docs/evidence.md). Nothing here is computed anew: figures are those of
// run.json.

import type { OneOfLinks } from '../causal/discovery/link-figures.js';
import type { LatentEdge, LatentGraph } from '../causal/index.js';
import type { RunSummary } from '../training/run-folder.js';
import { directionOf, reversedOrder, type Direction, type ReversedOrder } from './directions.js';
import { subjectCounts, type SubjectCounts } from './subject-counts.js';

export type RunEvidence = NonNullable<RunSummary['evidence']>;
type Interval = NonNullable<RunEvidence['pairs'][number]['correlation']>;
type Relation = RunEvidence['links'][number]['direct'];

/**
 * `supported`: shown by subjects whom no model had seen. `not-supported`: not shown, and a correlation of 0.3 is ruled
 * out. `undecided`: the study cannot tell. `assumed`: said by the user, and not tested.
 */
export type Verdict = 'supported' | 'not-supported' | 'undecided' | 'assumed';

/** Correlation that "not supported" rules out. */
export const NOTABLE_CORRELATION = 0.3;
/** Correlation with the library size from which on links may be depth: that of the warning `library-size`. */
const NOTABLE_DEPTH = 0.2;

export interface PairConclusion {
  readonly first: string;
  readonly second: string;
  readonly verdict: Exclude<Verdict, 'assumed'>;
  /** Why it is undecided. */
  readonly reason?: 'too-few' | 'copied-rows' | 'low-power' | undefined;
  /** Held-out subjects, or groups, that have both. */
  readonly subjects: number;
  readonly p?: number | undefined;
  /** p corrected for the number of pairs. */
  readonly corrected?: number | undefined;
  /** Of what goes together most, found in one fold and measured in the other. */
  readonly correlation?: Interval | undefined;
  /** Of rows within their groups. */
  readonly within?: RunEvidence['pairs'][number]['within'];
}

export interface LatentConclusion {
  readonly name: string;
  readonly modality: string;
  /**
   * `replicated`: disjoint folds find this very latent. `mixture`: they find the modality's latents together, but not
   * which is which beyond chance. `not-replicated`: they find something else. `untested`.
   */
  readonly verdict: 'replicated' | 'mixture' | 'not-replicated' | 'untested';
  /** |Correlation| between the folds' latents, what random axes reach, and the agreement corrected for it. */
  readonly agreement?: number | undefined;
  readonly chance?: number | undefined;
  readonly corrected?: number | undefined;
  /** Correlation with the logarithm of the library size, if it is notable: links of the latent may be depth. */
  readonly depth?: number | undefined;
}

export type LinkReason =
  | NonNullable<RunEvidence['links'][number]['reason']>
  /** The modalities are not associated, so that single links are not looked at. */
  | 'modalities-not-associated'
  /** Both are latents of one modality: they are made from the same columns. */
  | 'within-modality'
  | 'untested';

export interface LinkConclusion {
  readonly first: string;
  readonly second: string;
  readonly verdict: Exclude<Verdict, 'assumed'>;
  readonly reason?: LinkReason | undefined;
  /** True for two latents of one modality. */
  readonly isWithin: boolean;
  /** True if the fitted model has it: its questions follow this link. */
  readonly isFitted: boolean;
  /** Sign of the relation; left out where none is known. */
  readonly sign?: '+' | '−' | undefined;
  /** Correlation of the out-of-fold latents, given nothing. */
  readonly association?: Relation | undefined;
  /** Correlation given what explains the association best, without measurement errors. */
  readonly direct?: Relation | undefined;
  readonly given: readonly string[];
  /** The largest p of all sets that were conditioned on, corrected for the number of links. */
  readonly q?: number | undefined;
  /** For an interchangeable pair: the supported links with a group that this pair may be. */
  readonly oneOf?: readonly OneOfLinks[] | undefined;
  /** Strength in the fitted model, and the share of its restarts that have the link: no measure of confidence. */
  readonly strength?: number | undefined;
  readonly agreement?: number | undefined;
  readonly direction: Direction;
}

/** The modalities in the study's order beside the reversed order. */
export interface OrderConclusion {
  readonly reversed: ReversedOrder;
  /** Mean log-likelihood gain of the study's order, nats per held-out subject, and its standard error. */
  readonly difference: number;
  readonly standardError: number;
  readonly subjects: number;
}

export interface Conclusions {
  readonly study: string;
  /**
   * `tested`; `too-few` subjects to test; `copied-rows`: rows are copies of others, or repetitions of the same people;
   * `untested`: the fit ran without evidence.
   */
  readonly status: 'tested' | 'too-few' | 'copied-rows' | 'untested';
  /** Rows that were tested, or that the fit had. */
  readonly subjects: number;
  readonly groups?: number | undefined;
  /** How many rows were fitted to, held out and tested. */
  readonly counts: SubjectCounts;
  readonly alpha: number;
  readonly pairs: readonly PairConclusion[];
  readonly latents: readonly LatentConclusion[];
  /** Links that are supported or undecided, and those of the fit that are not supported; the clearest first. */
  readonly links: readonly LinkConclusion[];
  /** Columns that stand in two modalities, an entry for each pair of these; left out where there are none. */
  readonly copied?: readonly string[] | undefined;
  /** Left out where orders were not compared. */
  readonly order?: OrderConclusion | undefined;
}

/** Draws the conclusions of a fit. @param graph the fitted model's @param summary run.json */
export function conclusionsOf(
  graph: LatentGraph,
  summary: Pick<RunSummary, 'study' | 'subjects' | 'evidence' | 'config' | 'quality'>,
): Conclusions {
  const { evidence, study } = summary;
  const counts = subjectCounts(summary);
  const reversed = reversedOrder(evidence);
  const copied = summary.quality?.warnings.find(({ code }) => code === 'copied-columns')?.items;
  return {
    study,
    status: evidence === undefined ? 'untested' : evidence.tested ? 'tested' : (evidence.untested ?? 'too-few'),
    subjects: evidence?.subjects ?? counts.study,
    groups: evidence?.groups,
    counts,
    alpha: evidence?.alpha ?? 0.05,
    pairs: pairsOf(graph, evidence),
    latents: graph.nodes.map(({ name, modality }) => ({
      ...latentOf(name, modality, evidence),
      ...depthOf(name, summary.quality),
    })),
    links: linksOf(graph, summary),
    ...(copied && { copied }),
    ...(reversed && { order: { ...evidence!.order!, reversed } }),
  };
}

function pairsOf({ nodes }: LatentGraph, evidence: RunEvidence | undefined): PairConclusion[] {
  if (evidence) {
    const { untested, pairs } = evidence;
    return pairs.map((pair) => pairOf(pair, untested)).sort((a, b) => (a.corrected ?? 2) - (b.corrected ?? 2));
  }
  const modalities = [...new Set(nodes.map(({ modality }) => modality))];
  return modalities.flatMap((first, m) =>
    modalities.slice(m + 1).map((second) => ({ first, second, verdict: 'undecided' as const, subjects: 0 })),
  );
}

/** @param untested why nothing was tested, where it is not for too few subjects */
function pairOf(
  { first, second, subjects, folds, p, corrected, associated, correlation, within }: RunEvidence['pairs'][number],
  untested?: RunEvidence['untested'],
): PairConclusion {
  const names = { first, second, subjects };
  if (folds.length === 0) return { ...names, verdict: 'undecided', reason: untested ?? 'too-few' };
  const figures = { ...names, p, corrected, correlation, ...(within && { within }) };
  if (associated) return { ...figures, verdict: 'supported' };
  const isRuledOut = correlation !== undefined && correlation.upper < NOTABLE_CORRELATION;
  return isRuledOut
    ? { ...figures, verdict: 'not-supported' }
    : { ...figures, verdict: 'undecided', reason: 'low-power' };
}

/** Returns how a latent of counts follows the library size, if its interval lies beyond ±`NOTABLE_DEPTH`. */
function depthOf(name: string, quality: RunSummary['quality']): Pick<LatentConclusion, 'depth'> {
  const found = quality?.librarySizes?.find(({ latent }) => latent === name);
  if (!found) return {};
  const [lower, upper] = found.interval;
  return Math.max(lower, -upper) > NOTABLE_DEPTH ? { depth: found.correlation } : {};
}

function latentOf(name: string, modality: string, evidence: RunEvidence | undefined): LatentConclusion {
  const found = evidence?.latents.find((one) => one.name === name);
  if (!found) return { name, modality, verdict: 'untested' };
  const { agreement, chance, corrected, replicated, single } = found;
  const verdict = single ? 'replicated' : replicated ? 'mixture' : 'not-replicated';
  return { name, modality, verdict, agreement, chance, corrected };
}

function linksOf(graph: LatentGraph, { evidence, config }: Pick<RunSummary, 'evidence' | 'config'>): LinkConclusion[] {
  const modalityOf = new Map(graph.nodes.map(({ name, modality }) => [name, modality]));
  const fitted = [
    ...graph.edges.map((edge) => ({ ...edge, isFitted: true })),
    ...(evidence?.unsupported ?? []).map((edge) => ({ ...edge, isFitted: false })),
  ];
  const fittedOf = (first: string, second: string) =>
    fitted.find(({ from, to }) => (from === first && to === second) || (from === second && to === first));
  const isWithinOne = (first: string, second: string) => modalityOf.get(first) === modalityOf.get(second);
  // The order of modalities says nothing of latents within one.
  const directed = (first: string, second: string): Direction =>
    directionOf([first, second], fittedOf(first, second), {
      evidence,
      config,
      isWithin: isWithinOne(first, second),
    });
  const tested = (evidence?.links ?? []).map(({ association, direct, ...link }): LinkConclusion => {
    const edge = fittedOf(link.first, link.second);
    return {
      ...link,
      isWithin: false,
      isFitted: edge?.isFitted ?? false,
      sign: signOf(link.verdict === 'supported' ? direct.estimate : association.estimate),
      association,
      direct,
      ...(edge && { strength: edge.strength, agreement: edge.agreement }),
      direction: directed(link.first, link.second),
    };
  });
  const known = new Set(tested.map(({ first, second }) => `${first} ${second}`));
  // A cyclic fit may have edges both ways: they are one link.
  const isNew = ({ from, to }: LatentEdge): boolean => {
    const isKnown = known.has(`${from} ${to}`) || known.has(`${to} ${from}`);
    known.add(`${from} ${to}`);
    return !isKnown;
  };
  const others = fitted.filter(isNew).map(({ from, to, strength, agreement, isFitted }): LinkConclusion => ({
    first: from,
    second: to,
    ...untestedLink(evidence, [modalityOf.get(from)!, modalityOf.get(to)!]),
    isWithin: isWithinOne(from, to),
    isFitted,
    given: [],
    strength,
    agreement,
    direction: directed(from, to),
  }));
  const relevant = [...tested, ...others].filter(
    (link) => link.verdict !== 'not-supported' || link.strength !== undefined,
  );
  return relevant.sort((a, b) => rankOf(a) - rankOf(b) || (a.q ?? 1) - (b.q ?? 1));
}

/** Returns what is known of a link that was not tested itself: what its modalities' pair says, and no more. */
function untestedLink(
  evidence: RunEvidence | undefined,
  [one, other]: readonly [string, string],
): Pick<LinkConclusion, 'verdict' | 'reason'> {
  if (one === other) return { verdict: 'undecided', reason: 'within-modality' };
  const pair = evidence?.pairs.find(
    ({ first, second }) => (first === one && second === other) || (first === other && second === one),
  );
  const known = pair && pairOf(pair);
  if (known?.p === undefined || known.verdict === 'supported') return { verdict: 'undecided', reason: 'untested' };
  return { verdict: known.verdict, reason: 'modalities-not-associated' };
}

const ORDER: Readonly<Record<Verdict, number>> = { supported: 0, assumed: 1, undecided: 2, 'not-supported': 3 };

function rankOf({ verdict, isWithin }: LinkConclusion): number {
  return 2 * ORDER[verdict] + Number(isWithin);
}

function signOf(correlation: number): '+' | '−' | undefined {
  return correlation === 0 ? undefined : correlation > 0 ? '+' : '−';
}
