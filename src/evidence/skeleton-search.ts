// Finds directly linked variables with error-aware tests: a pair keeps its link if it is associated given every small
// set of its neighbours (PC-stable; Colombo & Maathuis 2014). Variables that explain a pair must be linked themselves.

import { holm } from '../quality/pair-test.js';
import { isPossibility, type Adjacency } from './interchangeable.js';
import { supportedGroups, withConsistentSet } from './link-groups.js';
import { SearchPace } from './search-pace.js';
import {
  askAll,
  Link,
  MAX_CONDITIONING,
  setsOf,
  type AreCopies,
  type SearchedLink,
  type Splits,
} from './searched-link.js';

export interface SkeletonQuestion {
  readonly splits: Splits;
  /** True if the link of a pair is tested. */
  readonly isTested: (x: number, y: number) => boolean;
  /** True if a pair counts as neighbours without a test: latents of one modality, and pairs that the user requires. */
  readonly isNeighbour: (x: number, y: number) => boolean;
  /** True for copies of one variable. They have no link, and do not explain each other's links. Default: none. */
  readonly areCopies?: AreCopies | undefined;
  /** Revises the verdict on a link with further knowledge. @param links all links with the verdicts of their tests */
  readonly judge?: (link: SearchedLink, links: readonly SearchedLink[]) => Pick<SearchedLink, 'verdict' | 'reason'>;
}

/** @throws the reason of the pace's signal */
export async function searchSkeleton(question: SkeletonQuestion, pace = new SearchPace()): Promise<SearchedLink[]> {
  const { splits, isTested, isNeighbour, areCopies = () => false, judge } = question;
  const count = splits[0][0].length;
  const variables = [...Array(count).keys()];
  const pairs = variables.flatMap((x) =>
    variables.filter((y) => y > x && isTested(x, y) && !areCopies(x, y)).map((y) => ({ x, y })),
  );
  const links = pairs.map((pair) => new Link(pair, splits));
  const keyOf = (x: number, y: number): number => Math.min(x, y) * count + Math.max(x, y);
  const linkOf = new Map(links.map((link) => [keyOf(link.x, link.y), link]));
  const isAdjacent: Adjacency = (x, y) => x !== y && (isNeighbour(x, y) || (linkOf.get(keyOf(x, y))?.isOpen ?? false));
  const neighboursBy = (isNear: Adjacency) => variables.map((x) => variables.filter((y) => isNear(x, y)));
  for (const [done, link] of links.entries()) {
    pace.at({ stage: 'links', conditioning: 0, done, total: links.length });
    await pace.rest();
    link.ask([]);
  }
  const associated = neighboursBy(isAdjacent);
  for (let size = 1; size <= MAX_CONDITIONING; size++) {
    // Use the neighbours before this size, so that the order of pairs does not matter.
    const neighbours = neighboursBy(isAdjacent);
    const open = links.filter(({ isOpen }) => isOpen);
    for (const [done, link] of open.entries()) {
      pace.at({ stage: 'links', conditioning: size, done, total: open.length });
      await askAll(link, setsOf(link, neighbours, size, areCopies), pace);
    }
  }
  const corrected = holm(links.map(({ worst }) => worst.p));
  // A set with unknown errors matters only if it is among the remaining neighbours.
  const isBlind = ({ x, y, blind }: Link): boolean =>
    blind.some((set) => [x, y].some((end) => set.every((variable) => isAdjacent(end, variable))));
  const tested = links.map((link, i) => link.result(corrected[i], isBlind(link)));
  const revised = tested.map((link) => ({ ...link, ...judge?.(link, tested) }));
  const supported = new Set(revised.flatMap(({ x, y, verdict }) => (verdict === 'supported' ? [keyOf(x, y)] : [])));
  const isLinked: Adjacency = (x, y) => x !== y && (isNeighbour(x, y) || supported.has(keyOf(x, y)));
  const graph = { count, isAdjacent, isLinked, areCopies, splits, pace };
  const consistent: SearchedLink[] = [];
  for (const link of revised) consistent.push(await withConsistentSet(link, graph));
  // Linked variables come first, because only the first ones of many sets are tested.
  const near = associated.map((neighbours, x) =>
    [...neighbours].sort((u, v) => Number(isLinked(x, v)) - Number(isLinked(x, u))),
  );
  const isReported = (link: SearchedLink): boolean =>
    (judge?.({ ...link, verdict: 'supported' }, tested).verdict ?? 'supported') === 'supported';
  const groups = await supportedGroups(consistent, near, graph, isReported);
  return consistent.map((link) => {
    const oneOf = groups.filter((group) => isPossibility(link, group));
    return oneOf.length === 0 ? link : { ...link, verdict: 'undecided', reason: 'interchangeable', oneOf };
  });
}
