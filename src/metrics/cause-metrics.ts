// Compares observed causes with a known truth: which latents they act on, and how much.

import { checkArgument } from '../errors/argument.js';
import { InputError } from '../errors/errors.js';

/** Latents that causes act on. A name is that of a cause that is a number, or of a level: `guide=STAT1`. */
export interface CauseTargets {
  readonly causes: readonly string[];
  /** Causes × latents, row-major, non-zero for an edge. */
  readonly edges: ArrayLike<number>;
}

export interface TargetScore {
  readonly trueEdges: number;
  readonly estimatedEdges: number;
  /** Number of edges on both sides. */
  readonly right: number;
  /** 2 · right / (trueEdges + estimatedEdges); 1 if there are no edges. */
  readonly f1: number;
}

/**
 * Compares edges of causes. A cause that only one side names has no edges on the other side. An estimated edge to a
 * latent without a true partner is wrong.
 * @param matching estimated latent of each true one, −1 for none
 * @param estimated number of estimated latents
 * @throws InputError `shape-mismatch`
 */
export function targetScore(
  truth: CauseTargets,
  estimate: CauseTargets,
  { matching, estimated }: { readonly matching: ArrayLike<number>; readonly estimated: number },
): TargetScore {
  checkArgument('targetScore: matching', matching, 'numbers');
  const known = edgesOf('true', truth, matching.length);
  const fitted = edgesOf('estimated', estimate, estimated);
  const partner = new Map(Array.from(matching, (to, latent) => [to, latent]));
  const right = fitted.filter(({ cause, latent }) =>
    known.some((edge) => edge.cause === cause && edge.latent === partner.get(latent)),
  ).length;
  const edges = known.length + fitted.length;
  return {
    trueEdges: known.length,
    estimatedEdges: fitted.length,
    right,
    f1: edges === 0 ? 1 : (2 * right) / edges,
  };
}

function edgesOf(side: string, { causes, edges }: CauseTargets, latents: number) {
  checkRows(`${side} edges of causes`, causes, edges, latents);
  return causes.flatMap((cause, row) =>
    Array.from({ length: latents }, (_, latent) => ({ cause, latent })).filter(
      ({ latent }) => edges[row * latents + latent] !== 0,
    ),
  );
}

function checkRows(name: string, causes: readonly string[], values: ArrayLike<number>, latents: number): void {
  checkArgument(`${name}: names`, causes, ['text']);
  checkArgument(name, values, 'numbers');
  if (values.length === causes.length * latents) return;
  throw new InputError(
    'shape-mismatch',
    `${name}: ${values.length} entries; ${causes.length} causes and ${latents} latents need ` +
      `${causes.length * latents}`,
  );
}

/** True effects of values of causes. A name is `guide=STAT1` or `dose=3`. */
export interface CauseEffects {
  readonly causes: readonly string[];
  /** Causes × latents, row-major: difference from the reference in sds of the reference. */
  readonly effects: ArrayLike<number>;
}

/** An estimated effect with its intervals. */
export interface EstimatedEffect {
  readonly cause: string;
  /** Position of the estimated latent. */
  readonly latent: number;
  readonly estimate: number;
  readonly lower90: number;
  readonly upper90: number;
  readonly lower: number;
  readonly upper: number;
}

export interface EffectCoverage {
  /** Number of effects that both sides have, on latents with a true partner. */
  readonly compared: number;
  /** Shares of these whose 90 % and 95 % interval contains the true effect; null if none is compared. */
  readonly covered90: number | null;
  readonly covered95: number | null;
  /** Root mean squared difference between estimate and truth; null if none is compared. */
  readonly error: number | null;
}

/**
 * Counts the intervals that contain the true effect. The sign of a latent is arbitrary, so estimates take the sign of
 * the correlation of the latent with its true partner.
 * @param matching estimated latent of each true one, −1 for none
 * @param signs sign of the correlation of each true latent with its partner
 * @throws InputError `shape-mismatch`
 */
export function effectCoverage(
  { causes, effects }: CauseEffects,
  estimates: readonly EstimatedEffect[],
  { matching, signs }: { readonly matching: ArrayLike<number>; readonly signs: ArrayLike<number> },
): EffectCoverage {
  const latents = matching.length;
  checkRows('true effects', causes, effects, latents);
  const partner = new Map(Array.from(matching, (to, latent) => [to, latent]));
  const pairs = estimates.flatMap((estimate) => {
    const latent = partner.get(estimate.latent);
    const row = causes.indexOf(estimate.cause);
    if (latent === undefined || row < 0) return [];
    return [{ ...estimate, truth: Math.sign(signs[latent]) * effects[row * latents + latent] }];
  });
  const share = (isTrue: (pair: (typeof pairs)[number]) => boolean) =>
    pairs.length === 0 ? null : pairs.filter(isTrue).length / pairs.length;
  const squares = pairs.reduce((sum, { estimate, truth }) => sum + (estimate - truth) ** 2, 0);
  return {
    compared: pairs.length,
    covered90: share(({ truth, lower90, upper90 }) => lower90 <= truth && truth <= upper90),
    covered95: share(({ truth, lower, upper }) => lower <= truth && truth <= upper),
    error: pairs.length === 0 ? null : Math.sqrt(squares / pairs.length),
  };
}
