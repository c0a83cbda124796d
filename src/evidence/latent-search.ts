// Finds the latents and measured variables that are directly linked, those that are only associated, and the directions
// that colliders determine. A fit and `discover RUN` both call this search, so that they give the same result.

import type { LatentNode } from '../causal/index.js';
import type { LinkReason, OneOfLinks, Relation } from '../causal/discovery/link-figures.js';
import { compileKnowledge, type BackgroundKnowledge } from '../causal/discovery/search/knowledge.js';
import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';
import { colliderArrows, type ColliderQuestion } from './colliders.js';
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
  type FoldUnits,
  type MeasuredColumns,
  type SearchVariable,
} from './variables.js';
import { levelsOf } from '../metrics/vectors.js';

/** Results for two variables. If both are latents, their modalities are associated. */
export interface LinkEvidence {
  /** Names in the order of the nodes of the graph. Measured variables come after the latents. */
  readonly first: string;
  readonly second: string;
  /** Verdict on a direct link. */
  readonly verdict: LinkVerdict;
  readonly reason?: LinkReason | undefined;
  /** Marginal correlation of the measured values: out-of-fold latents and columns. */
  readonly association: Relation;
  /** Correlation corrected for measurement errors, given the variables that explain the association best. */
  readonly direct: Relation;
  /** The variables that `direct` is conditioned on. */
  readonly conditioning: readonly string[];
  /** The largest p-value over all conditioning sets, corrected for the number of links (Holm). */
  readonly q: number;
  /** For an interchangeable pair: the supported links of a variable with a group of which this pair may be one. */
  readonly oneOf?: readonly OneOfLinks[] | undefined;
}

export interface LatentQuestion {
  /** Latents of the model, in the order of the units of the folds. */
  readonly nodes: readonly LatentNode[];
  /** Repeated splits; empty if nothing was tested. */
  readonly splits: readonly { readonly folds: readonly FoldUnits[] }[];
  /** Associations of modalities. Links between latents of modalities that are not associated are not tested. */
  readonly pairs: readonly Pick<PairEvidence, 'first' | 'second' | 'associated'>[];
  readonly latents: readonly Pick<LatentEvidence, 'name' | 'replicated' | 'leak'>[];
  /** Latents that are the same variable (`SharedEvidence`). They have no link with each other. Default: none. */
  readonly same?: readonly { readonly latents: readonly string[] }[] | undefined;
  /** Measured columns in addition to the latents. */
  readonly measured?: MeasuredColumns | undefined;
  /** Names of the latents and columns in the search. Default: all. */
  readonly variables?: readonly string[] | undefined;
  /** Background knowledge. Pairs that are forbidden in both directions are not tested. */
  readonly knowledge?: BackgroundKnowledge | undefined;
  /** Seed of the half-samples: the seed of the fit. */
  readonly seed: number;
  /** Number of half-samples, in complementary pairs, that test an arrowhead. Default: 100. 0: no such test. */
  readonly halfSamples?: number;
}

export interface LatentSearch {
  readonly variables: readonly SearchVariable[];
  readonly links: readonly LinkEvidence[];
  readonly directions: readonly DirectionEvidence[];
}

/**
 * Finds the variables that are directly linked, and the links that have an arrowhead.
 * @throws InputError `unknown-variable`, `constant-column`, `contradictory-knowledge`, `invalid-knowledge`; the
 *   signal's reason
 */
export async function searchLatents(question: LatentQuestion, hooks: SearchHooks = {}): Promise<LatentSearch> {
  const { knowledge, same = [], seed, halfSamples } = question;
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
  const areCopies = (x: number, y: number): boolean =>
    same.some((one) => [x, y].every((i) => one.latents.includes(variables[i].name)));
  const pace = new SearchPace(hooks);
  const links = await searchSkeleton(
    {
      splits: splits.map((folds) => folds.map((fold) => fold.variables)),
      isTested: (x, y) => !isWithin(x, y) && known.allowsCommonCause(x, y) && (!isGated(x, y) || isRequired(x, y)),
      isNeighbour: (x, y) => isWithin(x, y) || isRequired(x, y),
      areCopies,
      judge: (link, all) => judged(link, all, variables),
    },
    pace,
  );
  const collided: ColliderQuestion = {
    splits,
    links,
    canSeparate: (x, y) => isGated(x, y) && !isWithin(x, y) && known.allowsCommonCause(x, y) && !isRequired(x, y),
    areCopies,
    seed,
    ...(halfSamples !== undefined && { halfSamples }),
  };
  const arrows = await colliderArrows(collided, pace);
  const nameOf = (i: number): string => variables[i].name;
  return {
    variables,
    links: links.map(({ x, y, verdict, reason, marginal, direct, conditioning, q, oneOf }) => ({
      first: nameOf(x),
      second: nameOf(y),
      verdict,
      reason,
      association: { ...marginal.plain, p: marginal.p },
      direct: { estimate: direct.correlation, lower: direct.lower, upper: direct.upper, p: direct.p },
      conditioning: conditioning.map(nameOf),
      q,
      ...(oneOf && {
        oneOf: oneOf.map((group) => ({ from: nameOf(group.from), to: group.to.map(nameOf), q: group.q })),
      }),
    })),
    directions: arrows.map(({ from, to, share }) => ({ from: nameOf(from), to: nameOf(to), share })),
  };
}

/** Returns the variables in the search, and their values by split and fold. */
function chosen({ nodes, splits, latents, measured, variables: wanted }: LatentQuestion) {
  const modalities = nodes.map(({ modality }) => modality);
  const evidenceOf = new Map(latents.map((latent) => [latent.name, latent]));
  const all: SearchVariable[] = [
    ...nodes.map(({ name, modality }) => ({
      name,
      modality,
      source: modality,
      isLatent: true,
      isReplicated: evidenceOf.get(name)?.replicated ?? false,
      leak: evidenceOf.get(name)?.leak ?? 0,
    })),
    ...(measured?.columns ?? []).map(({ name, modality, levels }) => ({
      name,
      modality,
      source: sourceOf(name),
      isLatent: false,
      ...(levels && { levels }),
      isReplicated: true,
      leak: 0,
    })),
  ];
  const names = all.map(({ name }) => name);
  const unknown = wanted?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new InputError('unknown-variable', `there is no latent or column '${unknown}'${didYouMean(unknown, names)}`, {
      name: unknown,
    });
  }
  const at = [...all.keys()].filter((i) => wanted?.includes(names[i]) ?? true);
  const flat = measured?.columns.find(
    ({ name, values }) => (wanted?.includes(name) ?? true) && levelsOf(values, 2) < 2,
  );
  if (flat !== undefined) {
    throw new InputError('constant-column', `column '${flat.name}' has at most one value; leave it out`, {
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

/** Returns the verdict on a link, undecided if a latent is not replicated or another latent could cause the link. */
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
