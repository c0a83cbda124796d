// Explanations that the graph agrees with, and links of a variable with at least one of a group that cannot be told
// apart.

import { isPossibility, liesBetween, mutualGroups, type Adjacency, type OneOf } from './interchangeable.js';
import { pooledTest } from './pooled-test.js';
import type { SearchPace } from './search-pace.js';
import {
  askAll,
  FAMILY_ALPHA,
  firstOf,
  Link,
  LINK_ALPHA,
  MAX_GIVEN,
  MAX_SETS,
  setsOf,
  subsets,
  withoutLink,
  type SearchedLink,
  type Splits,
} from './searched-link.js';

/** The graph of a search, and what it was found in. */
export interface FoundGraph {
  readonly count: number;
  /** Pairs that no set explains, and pairs that count as neighbours without a test. */
  readonly isAdjacent: Adjacency;
  /** Supported links, and pairs that count as neighbours without a test. */
  readonly isLinked: Adjacency;
  readonly splits: Splits;
  readonly pace: SearchPace;
}

/** Returns an explained pair with a set that the graph agrees with, or as undecided; other pairs as they are. */
export async function withConsistentSet(link: SearchedLink, graph: FoundGraph): Promise<SearchedLink> {
  const { count, isLinked, splits, pace } = graph;
  const isBetween = (set: readonly number[]): boolean => liesBetween(set, link, isLinked, count);
  if (link.reason !== 'explained' || isBetween(link.given)) return link;
  const candidates = [...Array(count).keys()].filter((v) => v !== link.x && v !== link.y && isBetween([v]));
  for (let size = 1; size <= MAX_GIVEN; size++) {
    for (const given of firstOf(subsets(candidates, size), MAX_SETS)) {
      await pace.rest();
      const test = pooledTest(splits, { x: link.x, y: link.y, given });
      const isExplained = test.p > LINK_ALPHA && withoutLink(test).reason === 'explained';
      if (isExplained) return { ...link, direct: test, given };
    }
  }
  return { ...link, verdict: 'undecided', reason: 'interchangeable' };
}

/**
 * Returns the groups of which a variable has a direct link with at least one. Such a link must stand given every set of
 * neighbours outside the group, and given all neighbours at once that no set explains.
 * @param near by variable its neighbours, linked ones first
 * @param isReported whether a link would be reported if it were supported
 */
export async function supportedGroups(
  links: readonly SearchedLink[],
  near: readonly (readonly number[])[],
  { isAdjacent, splits, pace }: FoundGraph,
  isReported: (link: SearchedLink) => boolean,
): Promise<OneOf[]> {
  const groups = mutualGroups(links.filter(({ verdict, given }) => verdict !== 'supported' && given.length > 0));
  const supported: OneOf[] = [];
  for (const [done, group] of groups.entries()) {
    pace.at({ stage: 'groups', done, total: groups.length });
    const { from, to } = group;
    if (!links.filter((link) => isPossibility(link, group)).every(isReported)) continue;
    const outside = near.map((own) => own.filter((one) => !to.includes(one)));
    for (const other of to) {
      const link = new Link({ x: Math.min(from, other), y: Math.max(from, other) }, splits);
      link.ask([]);
      const left = [from, other].map((end) => outside[end].filter((one) => one !== other && isAdjacent(end, one)));
      const both = [...new Set(left.flat())].filter((one) => one !== from);
      await askAll(link, [left[0], left[1].filter((one) => one !== from), both], pace);
      for (let size = 1; size <= MAX_GIVEN; size++) await askAll(link, setsOf(link, outside, size), pace);
      const { direct, verdict } = link.result(0, link.blind.length > 0);
      const q = direct.p * to.length * links.length;
      if (verdict !== 'supported' || q > FAMILY_ALPHA) continue;
      supported.push({ from, to, q });
      break;
    }
  }
  return supported;
}
