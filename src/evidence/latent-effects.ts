// Total effects of setting a latent over all graphs that explain the data equally well (IDA; Maathuis, Kalisch &
// Bühlmann 2009; Witte et al. 2020). Each graph gives a set to adjust for, and says which latents follow; a latent that
// no path reaches has effect 0. What the graphs disagree about, the data do not identify.

import type { LatentNode } from '../causal/index.js';
import { combinedEstimate } from './causes/combine-effects.js';
import type { CrossFit } from './cross-fit.js';
import { foldCurves, type CurveQuestion } from './effect-curves.js';
import type { Ends } from './markov-class.js';
import { mean } from '../metrics/vectors.js';
import { Pace } from '../threads/pace.js';
import { normalQuantile } from '../graph/special.js';

/** Values of the latent that is set, in its standard deviations from its mean. */
const EFFECT_STEPS: readonly number[] = [-2, -1, 0, 1, 2];
/** Effects are rounded to four decimals. */
const DECIMALS = 1e4;
/** Minimum loading of a measured latent on the latent itself. A correction by more would depend on it too much. */
const MIN_LOADING = 0.7;

/** A graph of the class. */
export interface EffectMember {
  readonly edges: readonly Ends[];
  /** Latents of which this graph has a mixture with other latents of their modality. Their effects are not defined. */
  readonly mixed?: readonly string[] | undefined;
  /** True if the order of the modalities is that of the study. */
  readonly hasStudyOrder: boolean;
}

/** An effect that some graphs of the class give. */
export interface MemberEffect {
  /** Positions of these graphs in the list of members. */
  readonly members: readonly number[];
  /**
   * Mean change of the other latent at each step, in its standard deviations, with the bounds of the 90 % interval.
   * Left out if no path leads to it, so that the effect is 0.
   */
  readonly curve?: {
    readonly estimate: readonly number[];
    readonly lower90: readonly number[];
    readonly upper90: readonly number[];
  };
  /** True if one of the two latents is a mixture in these graphs, so that the effect is not defined. */
  readonly isMixed?: true | undefined;
}

/** Effects of one latent on another. */
interface PairEffects {
  readonly from: string;
  readonly to: string;
  readonly effects: readonly MemberEffect[];
  /** Links that some graphs have on a path between the two, and other graphs do not have in this direction. */
  readonly open: readonly Ends[];
}

export interface LatentEffects {
  /** Values of the latent that is set, in its standard deviations from its mean. */
  readonly steps: readonly number[];
  /** Whether each graph of the class has the order of modalities of the study. */
  readonly members: readonly { readonly hasStudyOrder: boolean }[];
  /** Pairs of latents of which some graph of the class has a path. */
  readonly pairs: readonly PairEffects[];
}

interface LatentEffectsQuestion {
  readonly nodes: readonly LatentNode[];
  readonly members: readonly EffectMember[];
  readonly crossFitted: Pick<CrossFit, 'splits' | 'minUnits'>;
  /** Latents of the fitted model, subjects × D; NaN if a subject lacks the modality. */
  readonly fitted: ArrayLike<number>;
}

/** Returns the effects of every latent on those that follow it in some member. @throws the signal's reason */
export async function latentEffects(
  { nodes, members, crossFitted, fitted }: LatentEffectsQuestion,
  signal?: AbortSignal,
): Promise<LatentEffects> {
  const names = nodes.map(({ name }) => name);
  const graphs = members.map((member) => new MemberGraph(names, member));
  const folds = measuredFolds(nodes, crossFitted);
  const pace = new Pace(signal);
  const pairs: PairEffects[] = [];
  for (const [cause, from] of names.entries()) {
    const points = pointsOf(fitted, cause, names.length);
    const outcomes = names.flatMap((_, outcome) =>
      graphs.some(({ follows }) => follows[cause].has(outcome))
        ? [{ outcome, sets: setsOf(graphs, cause, outcome) }]
        : [],
    );
    // Outcomes with the same adjustment set are asked together.
    const requested = new Map<string, { readonly adjusted: readonly number[]; readonly outcomes: number[] }>();
    for (const { outcome, sets } of outcomes) {
      for (const [key, { adjusted }] of sets) {
        const known = requested.get(key) ?? { adjusted, outcomes: [] };
        known.outcomes.push(outcome);
        requested.set(key, known);
      }
    }
    const curves = new Map<string, ReturnType<typeof memberCurves>>();
    for (const [key, question] of requested) {
      await pace.rest();
      curves.set(key, memberCurves(folds, { cause, points, ...question }, crossFitted.minUnits));
    }
    for (const { outcome, sets } of outcomes) {
      const effects = [...sets].flatMap(([key, { members: having }]): MemberEffect[] => {
        const curve = curves.get(key)?.get(outcome);
        const mixed = having.filter((m) => graphs[m].isMixed(cause, outcome));
        const clear = having.filter((m) => !mixed.includes(m));
        return [
          ...(mixed.length > 0 ? [{ members: mixed, isMixed: true as const }] : []),
          ...(clear.length > 0 && curve ? [{ members: clear, curve }] : []),
        ];
      });
      if (effects.length === 0) continue;
      const none = [...graphs.keys()].filter((m) => !graphs[m].follows[cause].has(outcome));
      const all = none.length > 0 ? [...effects, { members: none }] : effects;
      pairs.push({ from, to: names[outcome], effects: all, open: openLinks(graphs, names, [cause, outcome]) });
    }
  }
  return { steps: EFFECT_STEPS, members: members.map(({ hasStudyOrder }) => ({ hasStudyOrder })), pairs };
}

interface AdjustmentSet {
  readonly adjusted: readonly number[];
  /** Members in which the outcome follows the cause, and that have this set. */
  readonly members: number[];
}

function setsOf(graphs: readonly MemberGraph[], cause: number, outcome: number): ReadonlyMap<string, AdjustmentSet> {
  const sets = new Map<string, AdjustmentSet>();
  graphs.forEach((graph, m) => {
    if (!graph.follows[cause].has(outcome)) return;
    const adjusted = graph.adjustmentSet(cause, outcome);
    const known = sets.get(adjusted.join()) ?? { adjusted, members: [] };
    known.members.push(m);
    sets.set(adjusted.join(), known);
  });
  return sets;
}

/** A member as parents and descendants by position. */
class MemberGraph {
  readonly parents: readonly (readonly number[])[];
  readonly follows: readonly ReadonlySet<number>[];
  readonly edges: ReadonlySet<string>;
  readonly #mixed: ReadonlySet<number>;

  constructor(names: readonly string[], { edges, mixed = [] }: EffectMember) {
    const position = new Map(names.map((name, i) => [name, i]));
    const parents = names.map((_, i) =>
      edges.filter(({ to }) => position.get(to) === i).map(({ from }) => position.get(from)!),
    );
    this.parents = parents.map((of) => [...new Set(of)].sort((a, b) => a - b));
    this.follows = names.map((_, i) => {
      const reached = new Set<number>();
      const next = [i];
      for (let at = next.pop(); at !== undefined; at = next.pop()) {
        for (const [child, of] of this.parents.entries()) {
          if (!of.includes(at) || reached.has(child) || child === i) continue;
          reached.add(child);
          next.push(child);
        }
      }
      return reached;
    });
    this.edges = new Set(this.parents.flatMap((of, to) => of.map((from) => `${from} ${to}`)));
    this.#mixed = new Set(mixed.map((name) => position.get(name)!));
  }

  /**
   * Returns the adjustment set with the smallest asymptotic variance: the parents of the latents on paths from the
   * cause to the outcome, without these and their descendants (Henckel, Perković & Maathuis 2022).
   */
  adjustmentSet(cause: number, outcome: number): readonly number[] {
    const between = [...this.follows[cause]].filter((at) => at === outcome || this.follows[at].has(outcome));
    const excluded = new Set([cause, ...between, ...between.flatMap((at) => [...this.follows[at]])]);
    return [...new Set(between.flatMap((at) => this.parents[at]))]
      .filter((at) => !excluded.has(at))
      .sort((a, b) => a - b);
  }

  isMixed(cause: number, outcome: number): boolean {
    return this.#mixed.has(cause) || this.#mixed.has(outcome);
  }
}

/** Returns the links on paths of some members that not all members have in this direction. */
function openLinks(
  graphs: readonly MemberGraph[],
  names: readonly string[],
  [cause, outcome]: readonly [number, number],
): Ends[] {
  const links = new Map<string, Ends>();
  for (const { parents, follows } of graphs) {
    const isOnPath = (from: number, to: number): boolean =>
      (from === cause || follows[cause].has(from)) && (to === outcome || follows[to].has(outcome));
    for (const [to, of] of parents.entries()) {
      for (const from of of) {
        if (!isOnPath(from, to) || graphs.every(({ edges }) => edges.has(`${from} ${to}`))) continue;
        links.set(`${from} ${to}`, { from: names[from], to: names[to] });
      }
    }
  }
  return [...links.values()];
}

interface MeasuredFold {
  readonly units: readonly Float64Array[];
  /** Correlation of each measured latent with the latent itself. */
  readonly loadings: readonly number[];
}

/**
 * Returns the folds of each split. The error of a measured latent is that of its encoder, which models of disjoint
 * subjects do not share. Their agreement is then the squared loading.
 */
function measuredFolds(nodes: readonly LatentNode[], { splits }: Pick<CrossFit, 'splits'>): MeasuredFold[][] {
  const modalities = [...new Set(nodes.map(({ modality }) => modality))];
  return splits.map(({ folds, replication }) =>
    folds.map(({ units }) => ({
      units,
      loadings: nodes.map(({ modality, index }) => {
        const agreement = replication[modalities.indexOf(modality)].agreement[index];
        return Math.max(MIN_LOADING, Math.sqrt(agreement));
      }),
    })),
  );
}

/** Returns the normal scores of the steps of a latent of the fitted model. */
function pointsOf(fitted: ArrayLike<number>, latent: number, width: number): number[] {
  const values = Float64Array.from({ length: fitted.length / width }, (_, row) => fitted[row * width + latent])
    .filter((value) => !Number.isNaN(value))
    .sort();
  const middle = mean(values);
  const sd = Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
  return EFFECT_STEPS.map((step) => {
    const below = values.filter((value) => value <= middle + step * sd).length;
    return normalQuantile((below + 0.5) / (values.length + 1));
  });
}

/**
 * Returns the curve of each outcome, unless too few units of some fold have all latents. Errors of latents from one
 * model are independent, or they are the same: then the model rotates both latents alike, and there is no attenuation.
 * The interval holds for both cases and all between them, and the estimate is in the middle.
 */
function memberCurves(
  splits: readonly (readonly MeasuredFold[])[],
  { outcomes, ...question }: CurveQuestion,
  minUnits: number,
): ReadonlyMap<number, NonNullable<MemberEffect['curve']>> {
  // Latents that all units have are asked together.
  const isComplete = (latent: number): boolean =>
    splits.every((folds) => folds.every(({ units }) => !units[latent].some(Number.isNaN)));
  const [complete, incomplete] = [outcomes.filter(isComplete), outcomes.filter((outcome) => !isComplete(outcome))];
  const requested = [complete, ...incomplete.map((outcome) => [outcome])].filter((some) => some.length > 0);
  return new Map(
    requested.flatMap((some) => {
      const cases = [false, true].map((areShared) =>
        splits.map((folds) =>
          folds.map(({ units, loadings }) =>
            foldCurves(units, areShared ? loadings.map(() => 1) : loadings, { ...question, outcomes: some }, minUnits),
          ),
        ),
      );
      if (cases.flat(2).includes(undefined)) return [];
      return some.flatMap((outcome, o): [number, NonNullable<MemberEffect['curve']>][] => {
        const intervals = question.points.map((_, point) =>
          cases.map(
            (ofCase) =>
              combinedEstimate(ofCase.map((folds) => folds.flatMap((fold) => (fold ? [fold[o][point]] : [])))).interval,
          ),
        );
        const bounds = intervals.flat().flatMap(({ lower90, upper90 }) => [lower90, upper90]);
        if (!bounds.every(Number.isFinite)) return [];
        const curve = {
          estimate: intervals.map((both) => rounded(mean(both.map(({ estimate }) => estimate)))),
          lower90: intervals.map((both) => rounded(Math.min(...both.map(({ lower90 }) => lower90)))),
          upper90: intervals.map((both) => rounded(Math.max(...both.map(({ upper90 }) => upper90)))),
        };
        return [[outcome, curve]];
      });
    }),
  );
}

function rounded(value: number): number {
  // Adding 0 removes the sign of −0, which JSON does not keep.
  return Math.round(value * DECIMALS) / DECIMALS + 0;
}
