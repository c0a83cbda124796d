// The conclusions that every output derives from: what the evidence of a fit supports, what it does not support, what
// the study cannot answer, and what the user assumes (docs/explanation/evidence.md). All figures come from run.json;
// nothing is computed again here.

import type { OneOfLinks } from '../causal/discovery/link-figures.js';
import type { LatentEdge, LatentGraph } from '../causal/index.js';
import { variableNames } from '../causal/same-variable.js';
import type { RunSummary } from '../training/run-folder.js';
import type { BatchConclusion } from './batches.js';
import { causeConclusions, type CauseConclusions } from './causes.js';
import { equivalenceConclusion, type EquivalenceConclusion } from './equivalence.js';
import { latentVerdicts, withMixtures, type LatentVerdict } from './latent-verdicts.js';
import { directionOf, reversedOrder, type Direction, type ReversedOrder } from './directions.js';
import { correlationRobustness, type Robustness } from './robustness.js';
import { effectConclusions, type EffectConclusion } from './latent-effects.js';
import { subjectCounts, type SubjectCounts } from './subject-counts.js';

export type RunEvidence = NonNullable<RunSummary['evidence']>;
type Interval = NonNullable<RunEvidence['pairs'][number]['correlation']>;
type Relation = RunEvidence['links'][number]['direct'];

/**
 * `supported`: shown by held-out subjects. `not-supported`: not shown, and a correlation of 0.3 is ruled out.
 * `undecided`: the study cannot tell. `assumed`: asserted by the user and not tested.
 */
export type Verdict = 'supported' | 'not-supported' | 'undecided' | 'assumed';

/** The correlation that the verdict "not supported" rules out. */
export const NOTABLE_CORRELATION = 0.3;
/**
 * Minimum correlation with the library size for a caution that links may be depth, as in the warning `library-size`.
 */
const NOTABLE_DEPTH = 0.2;

export interface PairConclusion {
  readonly first: string;
  readonly second: string;
  readonly verdict: Exclude<Verdict, 'assumed'>;
  /** Reason if the verdict is undecided. */
  readonly reason?: 'too-few' | 'copied-rows' | 'low-power' | undefined;
  /** Number of held-out subjects or groups with both modalities. */
  readonly subjects: number;
  readonly p?: number | undefined;
  /** p corrected for the number of pairs. */
  readonly corrected?: number | undefined;
  /** Correlation of the most associated combinations of latents, learnt in one fold and measured in the other. */
  readonly correlation?: Interval | undefined;
  /** Test of the rows within their groups. */
  readonly within?: RunEvidence['pairs'][number]['within'];
}

export interface LatentConclusion extends LatentVerdict {
  readonly name: string;
  readonly modality: string;
  /** |Correlation| between the latents of the folds; the agreement of random axes; the agreement corrected for it. */
  readonly agreement?: number | undefined;
  readonly chance?: number | undefined;
  readonly corrected?: number | undefined;
  /** Latents of other modalities that are the same variable; left out if there are none. */
  readonly sameAs?: readonly string[] | undefined;
  /** Correlation with the logarithm of the library size, if it is notable: links of the latent may be depth. */
  readonly depth?: number | undefined;
}

export type LinkReason =
  | NonNullable<RunEvidence['links'][number]['reason']>
  /** The modalities are not associated, so single links are not tested. */
  | 'modalities-not-associated'
  /** Both are latents of one modality, computed from the same columns. */
  | 'within-modality'
  | 'untested';

export interface LinkConclusion {
  readonly first: string;
  readonly second: string;
  readonly verdict: Exclude<Verdict, 'assumed'>;
  readonly reason?: LinkReason | undefined;
  /** True for two latents of one modality. */
  readonly isWithin: boolean;
  /** True if the fitted model has the link, so that questions to the model follow it. */
  readonly isFitted: boolean;
  /** Sign of the relation; left out if it is not known. */
  readonly sign?: '+' | '−' | undefined;
  /** Marginal correlation of the out-of-fold latents. */
  readonly association?: Relation | undefined;
  /** Correlation corrected for measurement errors, given the variables that explain the association best. */
  readonly direct?: Relation | undefined;
  /** How strong an unmeasured common cause must be to explain the link; only for supported links. */
  readonly robustness?: Robustness | undefined;
  /** The variables that `direct` is conditioned on. */
  readonly conditioning: readonly string[];
  /** The largest p-value over all conditioning sets, corrected for the number of links. */
  readonly q?: number | undefined;
  /** For an interchangeable pair: the supported links of a variable with a group of which this pair may be one. */
  readonly oneOf?: readonly OneOfLinks[] | undefined;
  /** Strength in the fitted model, and the share of its restarts with the link, which is not a confidence level. */
  readonly strength?: number | undefined;
  readonly agreement?: number | undefined;
  readonly direction: Direction;
  /** Their corrected correlation with its 99.9 % interval, if the two are the same variable: then there is no link. */
  readonly same?: Interval | undefined;
}

/** Comparison of the study's order of modalities with the reversed order. */
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
   * `tested`; `too-few` subjects to test; `copied-rows`: rows are copies, or repetitions of the same people;
   * `one-modality`: there is no other modality and no cause to test; `untested`: the fit ran without evidence.
   */
  readonly status: 'tested' | 'too-few' | 'copied-rows' | 'one-modality' | 'untested';
  /** Number of tested rows, or of all rows without evidence. */
  readonly subjects: number;
  readonly groups?: number | undefined;
  /** Numbers of rows in training, held out and tested. */
  readonly counts: SubjectCounts;
  readonly alpha: number;
  readonly pairs: readonly PairConclusion[];
  readonly latents: readonly LatentConclusion[];
  /** Supported and undecided links, and links of the fit that are not supported; the clearest first. */
  readonly links: readonly LinkConclusion[];
  /** Columns that occur in two modalities, one entry per pair; left out if there are none. */
  readonly copied?: readonly string[] | undefined;
  /** Latents that modalities share; left out if they were not compared. */
  readonly shared?: RunEvidence['shared'];
  /** Effects of raising a latent by one standard deviation, over all equally good graphs. Left out without any. */
  readonly effects?: readonly EffectConclusion[] | undefined;
  /** Left out if orders were not compared. */
  readonly order?: OrderConclusion | undefined;
  /** Graphs of equally good models; left out for joint fits, and if too few subjects were held out. */
  readonly equivalence?: EquivalenceConclusion | undefined;
  /** Effects of observed causes; left out if the study has none, or they were not tested. */
  readonly causes?: CauseConclusions | undefined;
  /** What batches shift; left out without batches. */
  readonly batches?: readonly BatchConclusion[] | undefined;
}

/** What conclusions need of run.json. */
export type ConcludedSummary = Pick<
  RunSummary,
  'study' | 'subjects' | 'evidence' | 'config' | 'quality' | 'causes' | 'determination' | 'equivalence'
>;

/** Returns the conclusions of a fit. @param graph graph of the fitted model @param summary run.json */
export function conclusionsOf(graph: LatentGraph, summary: ConcludedSummary): Conclusions {
  const { evidence, study } = summary;
  const counts = subjectCounts(summary);
  const reversed = reversedOrder(evidence);
  const tested = causeConclusions(graph, summary);
  const verdicts = latentVerdicts(graph, summary, tested);
  const latents = graph.nodes.map(({ name, modality }, i) => ({
    ...{ name, modality },
    ...verdicts[i],
    ...agreementOf(name, evidence),
    ...copiesOf(name, evidence),
    ...depthOf(name, summary.quality),
  }));
  const causes = tested && withMixtures(tested, latents);
  const links = linksOf(graph, summary);
  const equivalence = equivalenceConclusion(summary.equivalence, links, variableNames(evidence?.shared));
  const effects = effectConclusions(evidence?.latentEffects);
  const copied = summary.quality.warnings.find(({ code }) => code === 'copied-columns')?.items;
  return {
    study,
    status: evidence === undefined ? 'untested' : evidence.tested ? 'tested' : (evidence.untested ?? 'too-few'),
    subjects: evidence?.subjects ?? counts.study,
    groups: evidence?.groups,
    counts,
    alpha: evidence?.alpha ?? 0.05,
    pairs: pairsOf(graph, evidence),
    latents,
    links,
    ...(evidence?.shared && { shared: evidence.shared }),
    ...(effects.length > 0 && { effects }),
    ...(copied && { copied }),
    ...(causes && { causes }),
    ...(evidence?.batches && { batches: evidence.batches }),
    ...(equivalence && { equivalence }),
    ...(reversed && { order: { ...evidence!.order!, reversed } }),
  };
}

function pairsOf({ nodes }: LatentGraph, evidence: RunEvidence | undefined): PairConclusion[] {
  if (evidence) {
    const { untested, pairs } = evidence;
    const reason = untested === 'copied-rows' ? untested : 'too-few';
    return pairs.map((pair) => pairOf(pair, reason)).sort((a, b) => (a.corrected ?? 2) - (b.corrected ?? 2));
  }
  const modalities = [...new Set(nodes.map(({ modality }) => modality))];
  return modalities.flatMap((first, m) =>
    modalities.slice(m + 1).map((second) => ({ first, second, verdict: 'undecided' as const, subjects: 0 })),
  );
}

/** @param untested reason if the pair was not tested */
function pairOf(
  { first, second, subjects, folds, p, corrected, associated, correlation, within }: RunEvidence['pairs'][number],
  untested?: PairConclusion['reason'],
): PairConclusion {
  const names = { first, second, subjects };
  if (folds.length === 0) return { ...names, verdict: 'undecided', reason: untested };
  const figures = { ...names, p, corrected, correlation, ...(within && { within }) };
  if (associated) return { ...figures, verdict: 'supported' };
  const isRuledOut = correlation !== undefined && correlation.upper < NOTABLE_CORRELATION;
  return isRuledOut
    ? { ...figures, verdict: 'not-supported' }
    : { ...figures, verdict: 'undecided', reason: 'low-power' };
}

/** Returns the correlation of a latent of counts with the library size, if its interval is beyond ±`NOTABLE_DEPTH`. */
function depthOf(name: string, quality: RunSummary['quality']): Pick<LatentConclusion, 'depth'> {
  const entry = quality.librarySizes?.find(({ latent }) => latent === name);
  if (!entry) return {};
  const [lower, upper] = entry.interval;
  return Math.max(lower, -upper) > NOTABLE_DEPTH ? { depth: entry.correlation } : {};
}

function copiesOf(name: string, evidence: RunEvidence | undefined): Pick<LatentConclusion, 'sameAs'> {
  const copies = evidence?.shared?.same.find(({ latents }) => latents.includes(name))?.latents;
  return copies ? { sameAs: copies.filter((copy) => copy !== name) } : {};
}

function agreementOf(
  name: string,
  evidence: RunEvidence | undefined,
): Pick<LatentConclusion, 'agreement' | 'chance' | 'corrected'> {
  const latent = evidence?.latents.find((one) => one.name === name);
  if (!latent) return {};
  const { agreement, chance, corrected } = latent;
  return { agreement, chance, corrected };
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
  // The order of modalities does not apply to latents of the same modality.
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
      ...(link.verdict === 'supported' && { robustness: correlationRobustness(direct) }),
      ...(edge && { strength: edge.strength, agreement: edge.agreement }),
      direction: directed(link.first, link.second),
    };
  });
  const same = sameLinks(evidence, fittedOf);
  const isSame = (first: string, second: string) => same.some((link) => isPair(link, [first, second]));
  const known = new Set(tested.map(({ first, second }) => `${first} ${second}`));
  // A cyclic fit may have edges in both directions, which are one link.
  const isNew = ({ from, to }: LatentEdge): boolean => {
    const isKnown = known.has(`${from} ${to}`) || known.has(`${to} ${from}`);
    known.add(`${from} ${to}`);
    return !isKnown;
  };
  const untested = fitted.filter(isNew).map(({ from, to, strength, agreement, isFitted }): LinkConclusion => ({
    first: from,
    second: to,
    ...untestedLink(evidence, [modalityOf.get(from)!, modalityOf.get(to)!]),
    isWithin: isWithinOne(from, to),
    isFitted,
    conditioning: [],
    strength,
    agreement,
    direction: directed(from, to),
  }));
  const different = [...tested, ...untested].filter(({ first, second }) => !isSame(first, second));
  const relevant = [
    ...same,
    ...oncePerVariable(
      different.filter((link) => link.verdict !== 'not-supported' || link.strength !== undefined),
      evidence,
    ),
  ];
  return relevant.sort((a, b) => rankOf(a) - rankOf(b) || (a.q ?? 1) - (b.q ?? 1));
}

/** Returns one link for all links of the copies of two variables: the clearest, if possible one that the fit has. */
function oncePerVariable(links: readonly LinkConclusion[], evidence: RunEvidence | undefined): LinkConclusion[] {
  const variable = variableNames(evidence?.shared);
  const clearest = new Map<string, LinkConclusion>();
  const worth = (link: LinkConclusion): number => 2 * rankOf(link) - Number(link.isFitted);
  for (const link of links) {
    const key = [variable(link.first), variable(link.second)].sort().join(' ');
    const known = clearest.get(key);
    if (!known || worth(link) < worth(known)) clearest.set(key, link);
  }
  return [...clearest.values()];
}

function isPair({ first, second }: Pick<LinkConclusion, 'first' | 'second'>, names: readonly string[]): boolean {
  return names.includes(first) && names.includes(second);
}

/** Returns an entry for each two latents that are the same variable. @param fittedOf the edge of the fit between two */
function sameLinks(
  evidence: RunEvidence | undefined,
  fittedOf: (first: string, second: string) => (LatentEdge & { readonly isFitted: boolean }) | undefined,
): LinkConclusion[] {
  return (evidence?.shared?.same ?? []).flatMap(({ latents, correlation }) =>
    latents.flatMap((second, i) =>
      latents.slice(0, i).map((first): LinkConclusion => ({
        first,
        second,
        verdict: 'supported',
        isWithin: false,
        isFitted: fittedOf(first, second)?.isFitted ?? false,
        association: evidence?.links.find((link) => isPair(link, [first, second]))?.association,
        conditioning: [],
        direction: { verdict: 'undecided' },
        same: correlation,
      })),
    ),
  );
}

/** Returns the verdict on a link that was not tested itself. It follows from the pair of modalities. */
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

function rankOf({ verdict, isWithin, same }: LinkConclusion): number {
  if (same) return -1;
  return 2 * ORDER[verdict] + Number(isWithin);
}

function signOf(correlation: number): '+' | '−' | undefined {
  return correlation === 0 ? undefined : correlation > 0 ? '+' : '−';
}
