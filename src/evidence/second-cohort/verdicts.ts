// Verdicts on hypotheses in a second cohort, from tests that were each made once.

import { normalCdf, normalQuantile } from '../../graph/special.js';
import { holm } from '../../quality/pair-test.js';
import type { Interval } from '../interval.js';
import { ALPHA } from '../pairs.js';
import { MIN_DIRECT } from '../searched-link.js';
import type { Hypothesis, ReplicationReason, TestedHypothesis } from './hypotheses.js';

/** Half the width of a 95 % interval, in standard errors. */
const NORMAL_95 = 1.959964;
/** Share of the first estimate that must be excluded for "not replicated". */
const MIN_RETAINED = 0.5;

/** The figures of a test before the correction. */
export interface RawTest {
  readonly hypothesis: Hypothesis;
  readonly subjects: number;
  /** Why the cohort cannot test the hypothesis. */
  readonly reason?: ReplicationReason | undefined;
  readonly estimate?: Interval | undefined;
  readonly p?: number | undefined;
  /** False if errors are not known: a large p is no evidence then. */
  readonly isIdentified?: boolean | undefined;
  readonly anyAssociation?: number | undefined;
}

/** Returns the sign of a first estimate; 0 if its interval does not exclude 0, or a ratio of 1. */
export function directionOf({ kind, original }: Hypothesis): number {
  if (!original) return 0;
  const { lower, upper } = scaled(kind, original);
  return lower > 0 ? 1 : upper < 0 ? -1 : 0;
}

/** Returns the p-value in a direction from that of both. @param sign sign of the estimate */
export function oneSided(p: number, sign: number, direction: number): number {
  if (direction === 0) return p;
  return sign === direction ? p / 2 : 1 - p / 2;
}

/** Returns a verdict on each hypothesis. */
export function judged(tests: readonly RawTest[]): TestedHypothesis[] {
  const tested = tests.flatMap(({ p, reason }) => (p === undefined || reason ? [] : [p]));
  const corrected = holm(tested);
  let next = 0;
  return tests.map(({ hypothesis, isIdentified, p, estimate, reason, anyAssociation, subjects }): TestedHypothesis => {
    if (p === undefined || reason) return { ...hypothesis, verdict: 'not-testable', reason, subjects };
    const q = corrected[next++];
    const figures = { estimate, p, q, power: powerOf(hypothesis, estimate, tested.length) };
    const verdict = verdictOf(hypothesis, { p, q, estimate, isIdentified });
    const other = verdict.verdict === 'replicated' ? {} : { anyAssociation };
    return { ...hypothesis, ...verdict, subjects, ...figures, ...other };
  });
}

function verdictOf(
  hypothesis: Hypothesis,
  {
    p,
    q,
    estimate,
    isIdentified = true,
  }: { readonly p: number; readonly q: number } & Pick<RawTest, 'estimate' | 'isIdentified'>,
): Pick<TestedHypothesis, 'verdict' | 'reason'> {
  const { kind, original } = hypothesis;
  const direction = directionOf(hypothesis);
  const isSignificant = q <= ALPHA;
  if (direction === 0 || !estimate) {
    return isSignificant ? { verdict: 'replicated' } : { verdict: 'undecided', reason: weakReason(p) };
  }
  const [one, other] = [estimate.lower, estimate.upper].map((bound) => direction * scaledBound(kind, bound));
  const [lower, upper] = [Math.min(one, other), Math.max(one, other)];
  const isSmaller = upper < MIN_RETAINED * Math.abs(scaledBound(kind, original!.estimate));
  const isClear = lower > (kind === 'link' ? MIN_DIRECT : 0);
  if (isSignificant && isClear && !isSmaller) return { verdict: 'replicated' };
  if (!isIdentified) return { verdict: 'not-testable', reason: 'not-measured' };
  if (upper < 0) return { verdict: 'not-replicated', reason: 'opposite-sign' };
  if (isSmaller) return { verdict: 'not-replicated', reason: 'smaller' };
  return { verdict: 'undecided', reason: isSignificant ? 'small' : weakReason(p) };
}

function weakReason(p: number): ReplicationReason {
  return p <= ALPHA ? 'corrected' : 'low-power';
}

/** Returns the power of the test of an effect as large as the first estimate. @param tests number of hypotheses */
function powerOf(hypothesis: Hypothesis, estimate: Interval | undefined, tests: number): number | undefined {
  const { kind, original } = hypothesis;
  if (!original || !estimate || directionOf(hypothesis) === 0) return undefined;
  const { lower, upper } = scaled(kind, estimate);
  const error = (upper - lower) / (2 * NORMAL_95);
  if (!(error > 0)) return undefined;
  const critical = normalQuantile(1 - ALPHA / Math.max(1, tests));
  return normalCdf(Math.abs(scaledBound(kind, original.estimate)) / error - critical);
}

/** Returns an estimate with 0 for no effect: of a ratio, the logarithm. */
function scaled(kind: Hypothesis['kind'], { estimate, lower, upper }: Interval): Interval {
  const of = (value: number) => scaledBound(kind, value);
  return { estimate: of(estimate), lower: of(lower), upper: of(upper) };
}

function scaledBound(kind: Hypothesis['kind'], value: number): number {
  return kind === 'spread' ? Math.log(Math.max(Number.MIN_VALUE, value)) : value;
}
