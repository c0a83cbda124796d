// Effects of setting a latent over all equally good graphs: what they agree about, and what would decide the rest.

import type { RunSummary } from '../training/run-folder.js';
import { decimals, listed } from '../text/numbers.js';

type LatentEffects = NonNullable<NonNullable<RunSummary['evidence']>['latentEffects']>;
type MemberEffect = LatentEffects['pairs'][number]['effects'][number];

/**
 * `identified`: all graphs give an effect of the same sign, and no 90 % interval contains 0. `imprecise`: the same, but
 * an interval contains 0. `not-identified`: the graphs disagree about the sign, or some have no path.
 */
type EffectVerdict = 'identified' | 'imprecise' | 'not-identified';

/** The effect on a latent, in its standard deviations, over all equally good graphs. */
export interface OverClass {
  /** Number of equally good graphs. */
  readonly members: number;
  /** Distinct effects: number of graphs, and 90 % interval. An effect without a path is 0. */
  readonly effects: readonly {
    readonly members: number;
    readonly estimate: number;
    readonly lower: number;
    readonly upper: number;
  }[];
  /** Bounds of the union of these intervals; left out if a latent is a mixture in all graphs. */
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
  readonly verdict: EffectVerdict;
  /** Reason if the effect is not identified: a latent is a mixture, some graphs have no path, or signs differ. */
  readonly reason?: 'mixture' | 'no-path' | 'signs' | undefined;
  /** Links on the paths that not all graphs have in the same direction. */
  readonly open: readonly string[];
}

export interface EffectConclusion extends OverClass {
  readonly from: string;
  readonly to: string;
}

interface OverClassQuestion {
  readonly from: string;
  readonly to: string;
  /** Value of the latent that is set, in its standard deviations from its mean. */
  readonly sd: number;
  /** True if the user asserts the order of the modalities, so that only graphs in this order count. */
  readonly isOrderAsserted?: boolean | undefined;
}

/** Returns the effect; undefined if it was not estimated, or not at this value. */
export function effectOverClass(
  effects: LatentEffects | undefined,
  { from, to, sd, isOrderAsserted = false }: OverClassQuestion,
): OverClass | undefined {
  const pair = effects?.pairs.find((one) => one.from === from && one.to === to);
  if (!effects || !pair) return undefined;
  const { steps } = effects;
  if (!(sd >= steps[0] && sd <= steps[steps.length - 1])) return undefined;
  const isAllowed = (member: number): boolean => !isOrderAsserted || effects.members[member].hasStudyOrder;
  const counted = pair.effects
    .map((one) => ({ ...one, count: one.members.filter(isAllowed).length }))
    .filter(({ count }) => count > 0);
  if (counted.length === 0) return undefined;
  const at = (values: readonly number[]): number => valueAt(steps, values, sd);
  const known = counted
    .filter(({ isMixed }) => !isMixed)
    .map(({ curve, count }) => ({
      members: count,
      estimate: curve ? at(curve.estimate) : 0,
      lower: curve ? at(curve.lower90) : 0,
      upper: curve ? at(curve.upper90) : 0,
    }));
  return {
    members: counted.reduce((sum, { count }) => sum + count, 0),
    effects: known,
    ...(known.length > 0 && {
      lower: Math.min(...known.map(({ lower }) => lower)),
      upper: Math.max(...known.map(({ upper }) => upper)),
    }),
    ...verdictOf(counted, known),
    open: pair.open.map((link) => `${link.from} – ${link.to}`).filter((link, i, all) => all.indexOf(link) === i),
  };
}

/** Returns the effects of +1 sd of each latent. */
export function effectConclusions(effects: LatentEffects | undefined): EffectConclusion[] {
  return (effects?.pairs ?? []).flatMap(({ from, to }) => {
    const one = effectOverClass(effects, { from, to, sd: 1 });
    return one ? [{ from, to, ...one }] : [];
  });
}

function verdictOf(
  counted: readonly MemberEffect[],
  known: OverClass['effects'],
): Pick<OverClass, 'verdict' | 'reason'> {
  if (counted.some(({ isMixed }) => isMixed)) return { verdict: 'not-identified', reason: 'mixture' };
  if (counted.some(({ curve }) => !curve)) return { verdict: 'not-identified', reason: 'no-path' };
  const signs = new Set(known.map(({ estimate }) => Math.sign(estimate)));
  if (signs.size > 1) return { verdict: 'not-identified', reason: 'signs' };
  return { verdict: known.every(({ lower, upper }) => lower > 0 || upper < 0) ? 'identified' : 'imprecise' };
}

/** Returns the value between two steps by linear interpolation. */
function valueAt(steps: readonly number[], values: readonly number[], at: number): number {
  const next = Math.max(
    1,
    steps.findIndex((step) => step >= at),
  );
  const share = (at - steps[next - 1]) / (steps[next] - steps[next - 1]);
  return values[next - 1] + share * (values[next] - values[next - 1]);
}

/** Returns the effect, or why it is not identified and what would identify it. */
export function overClassText(one: OverClass): string {
  const { members, effects, lower, upper, verdict, reason, open } = one;
  const graphs = members === 1 ? 'one graph' : `${members} equally good graphs`;
  const range = `${decimals(lower ?? 0)} to ${decimals(upper ?? 0)} sd`;
  if (verdict === 'identified') return `${range} (90 % interval over ${graphs})`;
  if (verdict === 'imprecise') {
    return `${range} (90 % interval over ${graphs}): the sign is not known; add subjects`;
  }
  if (reason === 'mixture') {
    return (
      'not identified: one of the latents is a mixture with other latents of its modality; add a modality, or name ' +
      'an observed cause'
    );
  }
  const none = effects.filter((effect) => effect.lower === 0 && effect.upper === 0);
  const without = none.reduce((sum, effect) => sum + effect.members, 0);
  const what = reason === 'no-path' ? `${without} of ${graphs} have no path` : `the sign differs over ${graphs}`;
  const directions = open.length > 0 ? ` the direction of ${listed(open)}:` : ' the directions:';
  return `not identified (${range}): ${what}; add what decides${directions} an observed cause, or an assumed order`;
}
