// What cross-fitting says of the modalities, as a verdict and in sentences: the page, the comparison and the command
// line say the same.

import { FOUND_AGAIN } from '../../evidence/index.js';
import type { RunSummary } from '../../training/run-folder.js';
import { counted, decimals, listed, percent, pText } from '../format.js';

export type TestedEvidence = NonNullable<RunSummary['evidence']>;
export type PairOfModalities = TestedEvidence['pairs'][number];

/** `absent`: nobody tested; `too-few`: subjects; `nothing`: no two modalities are related. */
export type Verdict = 'absent' | 'too-few' | 'nothing' | 'related';

/** Pairs that a headline names. */
const MOST_NAMED = 4;

const MEANINGS: Readonly<Record<Verdict, string>> = {
  absent:
    'The fit was told not to test by cross-fitting, or is of an earlier version. What its links show may be chance. ' +
    'Fit again without --no-evidence.',
  'too-few':
    'A model would have to be fitted to one half of them and tested on the other. No link between modalities stands.',
  nothing:
    'Two models were fitted, each to one half of the subjects; in the other half, which they had not seen, no two ' +
    'modalities go together more than by chance. The graph therefore has no link between modalities. This is no ' +
    'proof that they share nothing: more subjects may show what is weak.',
  related:
    'Two models were fitted, each to one half of the subjects. What goes together in the other half, which they had ' +
    'not seen, is there; what holds only where a model has learnt is not counted.',
};

export interface Sharing {
  readonly verdict: Verdict;
  /** The answer in one sentence, before anything else is told. */
  readonly headline: string;
  /** What follows from it for a reader. */
  readonly meaning: string;
  /** Which edges of the fit are not in the graph, and why. */
  readonly withdrawn: string | undefined;
  /** How many latents both halves of the data find. */
  readonly halves: string | undefined;
}

/** @param evidence of run.json */
export function sharing(evidence: TestedEvidence | undefined): Sharing {
  const verdict = verdictOf(evidence);
  return {
    verdict,
    headline: headlineOf(evidence),
    meaning: MEANINGS[verdict],
    withdrawn: evidence && withdrawnSentence(evidence),
    halves: evidence?.tested ? halvesSentence(evidence) : undefined,
  };
}

/** "1,000 subjects", or "1,000 rows of 40 groups". */
export function numberOfSubjects({ subjects, groups }: TestedEvidence): string {
  return groups === undefined
    ? counted(subjects, 'subject')
    : `${counted(subjects, 'row')} of ${counted(groups, 'group')}`;
}

function verdictOf(evidence: TestedEvidence | undefined): Verdict {
  if (evidence === undefined) return 'absent';
  if (!evidence.tested) return 'too-few';
  return evidence.pairs.some(({ related }) => related) ? 'related' : 'nothing';
}

function headlineOf(evidence: TestedEvidence | undefined): string {
  if (evidence === undefined) return 'Not tested: whether the modalities share anything is not known.';
  const { tested, subjects } = evidence;
  const pairs = testedPairs(evidence);
  if (!tested) {
    const verb = subjects === 1 ? 'is' : 'are';
    return `Not tested: ${numberOfSubjects(evidence)} ${verb} too few to tell what the modalities share.`;
  }
  const related = pairs.filter((pair) => pair.related);
  const [only] = pairs;
  if (related.length === 0) {
    return pairs.length === 1
      ? `Nothing that ${only.first} and ${only.second} share was found.`
      : `Nothing that any two of the modalities share was found, in ${pairs.length} pairs.`;
  }
  if (pairs.length === 1) return `${only.first} and ${only.second} share something.`;
  const names = related.length > MOST_NAMED ? '' : `: ${related.map(withBoth).join('; ')}`;
  return `${related.length} of ${pairs.length} pairs of modalities share something${names}.`;
}

/** A pair in plain words, with its figures. */
export function pairSentence(pair: PairOfModalities, pairs: number): string {
  const { first, second, subjects, folds, corrected, related } = pair;
  if (folds.length === 0) {
    return `${first} and ${second} were not tested: ${counted(subjects ?? 0, 'subject has', 'subjects have')} both.`;
  }
  const p = `p ${pText(corrected)}${pairs > 1 ? `, corrected for ${pairs} pairs` : ''}`;
  if (!related) return `Nothing that ${first} and ${second} share was found (${p}).`;
  return (
    `${first} and ${second} share something: in subjects that no model had seen, what is closest in their latents ` +
    `correlates by ${listed(folds.map((fold) => decimals(largest(fold))))} in the two halves (${p}).`
  );
}

/** The largest canonical correlation in a half. */
export function largest({ correlations }: PairOfModalities['folds'][number]): number {
  return correlations.at(0) ?? 0;
}

/** The pairs of which enough subjects have both, the clearest first. */
export function testedPairs(evidence: TestedEvidence): PairOfModalities[] {
  return rankedPairs(evidence).filter(({ folds }) => folds.length > 0);
}

/** The clearest pairs first. */
export function rankedPairs({ pairs }: TestedEvidence): PairOfModalities[] {
  return [...pairs].sort((a, b) => a.corrected - b.corrected || a.p - b.p);
}

function withdrawnSentence({ tested, withdrawn }: TestedEvidence): string | undefined {
  if (withdrawn.length === 0) return undefined;
  const edges = listed(withdrawn.map(({ from, to }) => `${from} → ${to}`));
  const one = withdrawn.length === 1;
  const it = one ? 'it' : 'them';
  const why = tested
    ? `found by the fit, but halves of the subjects that no model had seen do not show ${it}, or do not find the ` +
      'latents again'
    : `found by the fit, but there are too few subjects to test ${it}`;
  return `Withdrawn from the graph: ${edges}; ${why}.`;
}

function halvesSentence({ agreement }: TestedEvidence): string {
  const found = agreement.filter((value) => value >= FOUND_AGAIN).length;
  return (
    `Halves of the data find ${found} of ${counted(agreement.length, 'latent')} again ` +
    `(|rank correlation| at least ${FOUND_AGAIN} in both).`
  );
}

/**
 * What edges of discovery cannot say of latents that halves of the data do not find again: pooled over the halves, such
 * a latent is two. Undefined where all are found.
 */
export function latentsNotFoundAgain({ agreement }: Pick<TestedEvidence, 'agreement'>): string | undefined {
  const found = agreement.filter((value) => value >= FOUND_AGAIN).length;
  if (found === agreement.length) return undefined;
  const which = found === 0 ? 'none of the latents' : `only ${found} of the ${agreement.length} latents`;
  return (
    `Halves of the data find ${which} again. An edge of another one says that its modality goes together with ` +
    'something, not which of its latents does: the next fit may draw it elsewhere.'
  );
}

/** How sure the word "share" is. */
export function certainty({ alpha, pairs }: TestedEvidence): string {
  const any = pairs.length > 1 ? 'any pair of modalities' : 'a pair of modalities';
  return `Of studies without anything shared, about ${percent(alpha)} at most have ${any} called related.`;
}

function withBoth({ first, second }: PairOfModalities): string {
  return `${first} and ${second}`;
}
