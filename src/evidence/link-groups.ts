// Explanations that are consistent with the graph, and links of a variable with at least one of a group of variables
// that the data cannot distinguish.

import { isPossibility, liesBetween, mutualGroups, type Adjacency, type OneOf } from './interchangeable.js';
import { pooledTest } from './pooled-test.js';
import type { SearchPace } from './search-pace.js';
import {
  askAll,
  distinct,
  FAMILY_ALPHA,
  firstOf,
  Link,
  LINK_ALPHA,
  MAX_CONDITIONING,
  MAX_SETS,
  setsOf,
  subsets,
  withoutLink,
  type AreCopies,
  type SearchedLink,
  type Splits,
} from './searched-link.js';

/** The graph of a search and its data. */
export interface SearchGraph {
  readonly count: number;
  /** True for pairs that no set explains, and for pairs that count as neighbours without a test. */
  readonly isAdjacent: Adjacency;
  /** True for supported links, and for pairs that count as neighbours without a test. */
  readonly isLinked: Adjacency;
  readonly areCopies: AreCopies;
  readonly splits: Splits;
  readonly pace: SearchPace;
}

/** Returns an explained pair with a set that is consistent with the graph, or as undecided; other pairs unchanged. */
export async function withConsistentSet(link: SearchedLink, graph: SearchGraph): Promise<SearchedLink> {
  const { count, isLinked, areCopies, splits, pace } = graph;
  const isBetween = (set: readonly number[]): boolean => liesBetween(set, link, isLinked, count);
  if (link.reason !== 'explained' || isBetween(link.conditioning)) return link;
  const candidates = [...Array(count).keys()].filter((v) => v !== link.x && v !== link.y && isBetween([v]));
  for (let size = 1; size <= MAX_CONDITIONING; size++) {
    for (const conditioning of firstOf(subsets(candidates, size), MAX_SETS)) {
      if (distinct(conditioning, [link.x, link.y], areCopies).length < size) continue;
      await pace.rest();
      const test = pooledTest(splits, { x: link.x, y: link.y, conditioning });
      const isExplained = test.p > LINK_ALPHA && withoutLink(test).reason === 'explained';
      if (isExplained) return { ...link, direct: test, conditioning };
    }
  }
  return { ...link, verdict: 'undecided', reason: 'interchangeable' };
}

/**
 * Returns the groups with at least one member to which a variable has a direct link. Such a link must be supported
 * given every set of neighbours outside the group, and given all adjacent neighbours together.
 * @param near neighbours of each variable, linked ones first
 * @param isReported true if a link would be reported if it were supported
 */
export async function supportedGroups(
  links: readonly SearchedLink[],
  near: readonly (readonly number[])[],
  { isAdjacent, areCopies, splits, pace }: SearchGraph,
  isReported: (link: SearchedLink) => boolean,
): Promise<OneOf[]> {
  const groups = mutualGroups(
    links.filter(({ verdict, conditioning }) => verdict !== 'supported' && conditioning.length > 0),
  );
  const supported: OneOf[] = [];
  for (const [done, group] of groups.entries()) {
    pace.at({ stage: 'groups', done, total: groups.length });
    const { from, to } = group;
    if (!links.filter((link) => isPossibility(link, group)).every(isReported)) continue;
    const outside = near.map((neighbours) => neighbours.filter((one) => !to.includes(one)));
    for (const other of to) {
      const link = new Link({ x: Math.min(from, other), y: Math.max(from, other) }, splits);
      link.ask([]);
      const adjacent = [from, other].map((end) => outside[end].filter((one) => one !== other && isAdjacent(end, one)));
      const both = [...new Set(adjacent.flat())].filter((one) => one !== from);
      const sets = [adjacent[0], adjacent[1].filter((one) => one !== from), both];
      const whole = sets.map((set) => distinct(set, [from, other], areCopies));
      await askAll(link, whole, pace);
      for (let size = 1; size <= MAX_CONDITIONING; size++) {
        await askAll(link, setsOf(link, outside, size, areCopies), pace);
      }
      const { direct, verdict } = link.result(0, link.blind.length > 0);
      const q = direct.p * to.length * links.length;
      if (verdict !== 'supported' || q > FAMILY_ALPHA) continue;
      supported.push({ from, to, q });
      break;
    }
  }
  return supported;
}
