// Which latents and measured variables are directly related, which are merely associated, and what colliders say of
// directions. A fit and `discover RUN` both ask here, so that they give one answer.

import type { LatentNode } from '../causal/index.js';
import type { LinkReason, OneOfLinks, Relation } from '../causal/discovery/link-figures.js';
import { compileKnowledge, type BackgroundKnowledge } from '../causal/discovery/search/knowledge.js';
import { InputError } from '../errors.js';
import { didYouMean } from '../suggestion.js';
import { colliderArrows, type ColliderQuestion } from './colliders.js';
import type { HeldOutFold } from './cross-fit.js';
import type { DirectionEvidence } from './directions.js';
import type { LatentEvidence } from './latents.js';
import type { PairEvidence } from './pairs.js';
import { SearchPace, type SearchHooks } from './search-pace.js';
import type { LinkVerdict, SearchedLink } from './searched-link.js';
import { searchSkeleton } from './skeleton-search.js';
import {
  latentVariables,
  measuredVariables,
  sourceOf,
  type MeasuredColumns,
  type SearchVariable,
} from './variables.js';
import { levelsOf } from './vectors.js';

/** Two variables, of associated modalities where both are latents. */
export interface LinkEvidence {
  /** Names, in the order of the graph's nodes; measured variables come after the latents. */
  readonly first: string;
  readonly second: string;
  /** Whether a direct relation is supported. */
  readonly verdict: LinkVerdict;
  readonly reason?: LinkReason | undefined;
  /** Correlation of what was measured, out-of-fold latents and columns, given nothing. */
  readonly association: Relation;
  /** Correlation without measurement errors, given what explains the association best. */
  readonly direct: Relation;
  /** What was conditioned on there. */
  readonly given: readonly string[];
  /** The largest p over all sets that were conditioned on, corrected for the number of links (Holm). */
  readonly q: number;
  /** For an interchangeable pair: the supported links with a group that this pair may be. */
  readonly oneOf?: readonly OneOfLinks[] | undefined;
}

/** The part of a fold that a search needs. */
export type FoldUnits = Pick<HeldOutFold, 'ids' | 'units' | 'forms'>;

export interface LatentQuestion {
  /** The model's latents, in the order of the folds' units. */
  readonly nodes: readonly LatentNode[];
  /** Repeated splits; none: nothing was tested. */
  readonly splits: readonly { readonly folds: readonly FoldUnits[] }[];
  /** Which modalities are associated: links of latents of others are not looked for. */
  readonly pairs: readonly Pick<PairEvidence, 'first' | 'second' | 'associated'>[];
  readonly latents: readonly Pick<LatentEvidence, 'name' | 'replicated' | 'leak'>[];
  /** Columns beside the latents. */
  readonly measured?: MeasuredColumns | undefined;
  /** Names of the latents and columns that take part. Default: all. */
  readonly variables?: readonly string[] | undefined;
  /** Pairs that are forbidden both ways are not looked at. */
  readonly knowledge?: BackgroundKnowledge | undefined;
  /** Of the half-samples: the seed of the fit. */
  readonly seed: number;
  /** Half-samples that an arrowhead must be found in, in complementary pairs. Default: 100. 0: none is asked for. */
  readonly halfSamples?: number;
}

export interface LatentSearch {
  readonly variables: readonly SearchVariable[];
  readonly links: readonly LinkEvidence[];
  readonly directions: readonly DirectionEvidence[];
}

/**
 * Tests which variables are directly linked, and which links have an arrowhead.
 * @throws InputError `unknown-variable`, `constant-column`, `contradictory-knowledge`, `invalid-knowledge`; the
 *   signal's reason
 */
export async function searchLatents(question: LatentQuestion, hooks: SearchHooks = {}): Promise<LatentSearch> {
  const { knowledge, seed, halfSamples } = question;
  const { variables, splits } = chosen(question);
  const isWithin = (x: number, y: number): boolean =>
    variables[x].isLatent && variables[y].isLatent && variables[x].source === variables[y].source;
  if (variables.length < 2 || splits.length === 0) return { variables, links: [], directions: [] };
  const named = variables.map(({ name, modality }) => (modality === undefined ? { name } : { name, modality }));
  const known = compileKnowledge(named, knowledge);
  const isRequired = (x: number, y: number): boolean => known.requires(x, y) || known.requires(y, x);
  const associated = new Set(
    question.pairs
      .filter((pair) => pair.associated)
      .flatMap(({ first, second }) => [`${first} ${second}`, `${second} ${first}`]),
  );
  const isGated = (x: number, y: number): boolean =>
    variables[x].isLatent && variables[y].isLatent && !associated.has(`${variables[x].source} ${variables[y].source}`);
  const pace = new SearchPace(hooks);
  const links = await searchSkeleton(
    {
      splits: splits.map((folds) => folds.map((fold) => fold.variables)),
      isTested: (x, y) => !isWithin(x, y) && known.allowsCommonCause(x, y) && (!isGated(x, y) || isRequired(x, y)),
      isNeighbour: (x, y) => isWithin(x, y) || isRequired(x, y),
      judge: (link, all) => judged(link, all, variables),
    },
    pace,
  );
  const collided: ColliderQuestion = {
    splits,
    links,
    canSeparate: (x, y) => isGated(x, y) && !isWithin(x, y) && known.allowsCommonCause(x, y) && !isRequired(x, y),
    seed,
    ...(halfSamples !== undefined && { halfSamples }),
  };
  const arrows = await colliderArrows(collided, pace);
  const nameOf = (i: number): string => variables[i].name;
  return {
    variables,
    links: links.map(({ x, y, verdict, reason, marginal, direct, given, q, oneOf }) => ({
      ...{ first: nameOf(x), second: nameOf(y), verdict, reason },
      association: { ...marginal.plain, p: marginal.p },
      direct: { estimate: direct.correlation, lower: direct.lower, upper: direct.upper, p: direct.p },
      given: given.map(nameOf),
      q,
      ...(oneOf && {
        oneOf: oneOf.map(({ from, to, q: own }) => ({ from: nameOf(from), to: to.map(nameOf), q: own })),
      }),
    })),
    directions: arrows.map(({ from, to, share }) => ({ from: nameOf(from), to: nameOf(to), share })),
  };
}

/** Returns the variables that take part, and by split and fold their values. */
function chosen({ nodes, splits, latents, measured, variables: wanted }: LatentQuestion) {
  const modalities = nodes.map(({ modality }) => modality);
  const evidenceOf = new Map(latents.map((latent) => [latent.name, latent]));
  const all: SearchVariable[] = [
    ...nodes.map(({ name, modality }) => ({
      ...{ name, modality, source: modality, isLatent: true },
      isReplicated: evidenceOf.get(name)?.replicated ?? false,
      leak: evidenceOf.get(name)?.leak ?? 0,
    })),
    ...(measured?.columns ?? []).map(({ name, modality, levels }) => ({
      ...{ name, modality, source: sourceOf(name), isLatent: false },
      ...(levels && { levels }),
      ...{ isReplicated: true, leak: 0 },
    })),
  ];
  const names = all.map(({ name }) => name);
  const unknown = wanted?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new InputError(
      'unknown-variable',
      `there is no latent and no column '${unknown}'${didYouMean(unknown, names)}`,
      { name: unknown },
    );
  }
  const at = [...all.keys()].filter((i) => wanted?.includes(names[i]) ?? true);
  const flat = measured?.columns.find(
    ({ name, values }) => (wanted?.includes(name) ?? true) && levelsOf(values, 2) < 2,
  );
  if (flat !== undefined) {
    throw new InputError('constant-column', `column '${flat.name}' has one value, or none; leave it out`, {
      column: flat.name,
    });
  }
  return {
    variables: at.map((i) => all[i]),
    splits: splits.map(({ folds }) =>
      folds.map((fold) => {
        const columns = measured ? measuredVariables(fold.ids, measured) : [];
        const values = [...latentVariables(fold, modalities), ...columns];
        return { ids: fold.ids, variables: at.map((i) => values[i]) };
      }),
    ),
  };
}

/** Adds to a link's verdict whether its latents are replicated, and whether another latent could be behind it. */
function judged(
  link: SearchedLink,
  links: readonly SearchedLink[],
  variables: readonly SearchVariable[],
): Pick<LinkEvidence, 'verdict' | 'reason'> {
  const { x, y, verdict, reason, marginal } = link;
  if (verdict !== 'supported') return { verdict, reason };
  if (!variables[x].isReplicated || !variables[y].isReplicated) {
    return { verdict: 'undecided', reason: 'not-replicated' };
  }
  const strongest = (fixed: number, other: number): number =>
    Math.max(
      0,
      ...links
        .filter((one) => one.x !== link.x || one.y !== link.y)
        .filter((one) => [one.x, one.y].includes(fixed))
        .filter((one) => variables[one.x === fixed ? one.y : one.x].source === variables[other].source)
        .map((one) => Math.abs(one.marginal.plain.estimate)),
    );
  const leak = variables[x].leak * strongest(y, x) + variables[y].leak * strongest(x, y);
  const { lower, upper } = marginal.plain;
  if (leak > 0 && Math.max(lower, -upper) <= leak) {
    return { verdict: 'undecided', reason: 'leak' };
  }
  return { verdict, reason: undefined };
}
