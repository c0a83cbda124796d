// The results of a second cohort in plain English.

import type { HypothesisKind, ReplicationReason, TestedHypothesis } from '../evidence/index.js';
import { count, counted, decimals, listed, percent, pPhrase } from '../text/numbers.js';

interface Results {
  readonly study: string;
  readonly subjects: number;
  readonly hypotheses: readonly TestedHypothesis[];
}

/** Returns the main result in one sentence. */
export function replicationHeadline({ study, subjects, hypotheses }: Results): string {
  if (hypotheses.length === 0) return `${study} supports no pair, link or effect, so there is nothing to replicate.`;
  const number = (verdict: TestedHypothesis['verdict']) => hypotheses.filter((one) => one.verdict === verdict).length;
  const parts = (
    [
      ['replicated', 'replicated'],
      ['not-replicated', 'not replicated'],
      ['undecided', 'undecided'],
      ['not-testable', 'not testable'],
    ] as const
  ).flatMap(([verdict, words]) => {
    const of = number(verdict);
    return of > 0 ? [`${count(of)} ${of === 1 ? 'is' : 'are'} ${words}`] : [];
  });
  const whole = counted(hypotheses.length, 'result');
  return `Of ${whole} of ${study}, ${listed(parts)} in ${counted(subjects, 'other subject')}.`;
}

/** Returns what a hypothesis states, for example "body – blood" or "dose=high → body.z1". */
export function hypothesisText({ kind, first, second, level }: TestedHypothesis): string {
  if (kind === 'pair' || kind === 'link') return `${first} – ${second}`;
  return `${level === undefined ? first : `${first}=${level}`} → ${second}`;
}

/** Words for each kind of hypothesis. */
export const KIND_TEXTS: Readonly<Record<HypothesisKind, string>> = {
  pair: 'association',
  link: 'direct link',
  effect: 'effect',
  spread: 'spread',
  block: 'effect on all',
};

const REASONS: Readonly<Record<ReplicationReason, string>> = {
  smaller: 'less than half of the first estimate',
  'opposite-sign': 'the opposite sign',
  'low-power': 'not significant, and half of the first estimate is not excluded',
  corrected: 'not significant once all results are counted',
  small: 'no larger than what the correction for measurement errors may leave over',
  'modality-missing': 'the cohort lacks a modality',
  'cause-missing': 'the cohort lacks the cause',
  'too-few': 'too few subjects',
  'copied-rows': 'rows are copies, or repetitions of the same people',
  'not-measured': 'a latent is not measured here, or its errors are not known',
  confounded: 'another cause or a batch cannot be separated from it',
  batch: 'it cannot be separated from the batches of the modality',
  gaps: 'which values are missing depends on the cause',
};

/** Returns why a verdict was reached; nothing if it needs no reason. */
export function replicationReason(
  { reason, estimate, power, anyAssociation }: TestedHypothesis,
  alpha: number,
): string {
  if (!reason) return '';
  const why = reason === 'low-power' && !estimate ? 'not significant' : REASONS[reason];
  const chance = power === undefined || reason === 'smaller' ? '' : `; the power was ${percent(power)}`;
  // The first combinations are not associated, but the modalities are.
  const isOther = anyAssociation !== undefined && anyAssociation <= alpha;
  const other = isOther ? `; the modalities are associated in another way (${pPhrase(anyAssociation)})` : '';
  return `${why}${chance}${other}`;
}

/** Returns an estimate with its interval, for example "0.41 (0.30 to 0.51)". */
export function estimateText(interval: TestedHypothesis['estimate']): string {
  if (!interval) return '–';
  const { estimate, lower, upper } = interval;
  return `${decimals(estimate)} (${decimals(lower)} to ${decimals(upper)})`;
}
