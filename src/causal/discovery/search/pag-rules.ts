// Orientation rules of PAGs without selection bias, numbered as by Zhang (2008): R1 to R4, R8 to R10. A `*` is any
// mark. Rules replace only circles, so that the marks of background knowledge stay.

import {
  ARROW,
  CIRCLE,
  isAdjacent,
  isDirected,
  neighbours,
  TAIL,
  type CausalGraph,
  type Mark,
} from '../causal-graph.js';

/** Returns the mark at `to` of the edge between `from` and `to`. */
export function markAt({ variables: { length }, marks }: CausalGraph, from: number, to: number): number {
  return marks[to * length + from];
}

/** Replaces the circle at `to` of the edge between `from` and `to`. Returns true if there was one. */
export function putMark(graph: CausalGraph, from: number, to: number, mark: Mark): boolean {
  if (markAt(graph, from, to) !== CIRCLE) return false;
  graph.marks[to * graph.variables.length + from] = mark;
  return true;
}

/** Returns the set that separates two variables that are not adjacent; undefined if none is known. */
export type Separator = (x: number, y: number) => readonly number[] | undefined;

/** Applies the rules in place until none changes anything. */
export function orientByRules(graph: CausalGraph, separator: Separator): void {
  const arrowheadRules = [away, transitive, kite, discriminating(separator)];
  const tailRules = [tailsOfChains, tailsOfPaths, tailsOfTwoPaths];
  for (const rules of [arrowheadRules, tailRules]) {
    let isChanged = true;
    while (isChanged) isChanged = rules.map((rule) => rule(graph)).includes(true);
  }
}

type Rule = (graph: CausalGraph) => boolean;

export const isArrow = (graph: CausalGraph, from: number, to: number) => markAt(graph, from, to) === ARROW;
export const isCircle = (graph: CausalGraph, from: number, to: number) => markAt(graph, from, to) === CIRCLE;

/** Calls `act` for every edge in both directions. Returns true if any call changed something. */
function forEdges(graph: CausalGraph, act: (i: number, j: number) => boolean): boolean {
  let isChanged = false;
  for (let i = 0; i < graph.variables.length; i++) {
    for (const j of neighbours(graph, i)) isChanged = act(i, j) || isChanged;
  }
  return isChanged;
}

function makeDirected(graph: CausalGraph, from: number, to: number): boolean {
  const isTail = putMark(graph, to, from, TAIL);
  return putMark(graph, from, to, ARROW) || isTail;
}

/** R1: i *→ j o–* k, i and k not adjacent: j → k. */
function away(graph: CausalGraph): boolean {
  return forEdges(graph, (j, k) => {
    if (!isCircle(graph, k, j)) return false;
    const isInto = neighbours(graph, j).some((i) => i !== k && isArrow(graph, i, j) && !isAdjacent(graph, i, k));
    return isInto && makeDirected(graph, j, k);
  });
}

/** R2: i → j *→ k or i *→ j → k, and i *–o k: i *→ k. */
function transitive(graph: CausalGraph): boolean {
  return forEdges(graph, (i, k) => {
    if (!isCircle(graph, i, k)) return false;
    const isChain = neighbours(graph, i).some(
      (j) => (isDirected(graph, i, j) && isArrow(graph, j, k)) || (isArrow(graph, i, j) && isDirected(graph, j, k)),
    );
    return isChain && putMark(graph, i, k, ARROW);
  });
}

/** R3: i *→ j ←* k, i *–o l o–* k, i and k not adjacent, l *–o j: l *→ j. */
function kite(graph: CausalGraph): boolean {
  return forEdges(graph, (l, j) => {
    if (!isCircle(graph, l, j)) return false;
    const sides = neighbours(graph, l).filter((i) => isArrow(graph, i, j) && isCircle(graph, i, l));
    const isOpen = sides.some((i) => sides.some((k) => i < k && !isAdjacent(graph, i, k)));
    return isOpen && putMark(graph, l, j, ARROW);
  });
}

/**
 * R4: a path ⟨θ, …, α, β, γ⟩ that discriminates β, with β o–* γ: β → γ when β separates θ and γ, else α ↔ β ↔ γ.
 * θ and γ are not adjacent; every node between θ and β is a collider on the path and a parent of γ.
 */
function discriminating(separator: Separator): Rule {
  return (graph) =>
    forEdges(graph, (beta, gamma) => {
      if (!isCircle(graph, gamma, beta)) return false;
      for (const alpha of neighbours(graph, beta)) {
        if (!isArrow(graph, beta, alpha) || !isDirected(graph, alpha, gamma)) continue;
        const theta = startOfPath(graph, alpha, beta, gamma);
        if (theta === undefined) continue;
        const separating = separator(theta, gamma);
        if (separating === undefined) continue;
        if (separating.includes(beta)) return makeDirected(graph, beta, gamma);
        const changes = [
          putMark(graph, alpha, beta, ARROW),
          putMark(graph, gamma, beta, ARROW),
          putMark(graph, beta, gamma, ARROW),
        ];
        return changes.includes(true);
      }
      return false;
    });
}

/** Returns θ of a shortest discriminating path that ends with ⟨α, β, γ⟩. */
function startOfPath(graph: CausalGraph, alpha: number, beta: number, gamma: number): number | undefined {
  const seen = new Set([alpha, beta, gamma]);
  const open = [alpha];
  for (let at = 0; at < open.length; at++) {
    const node = open[at];
    for (const before of neighbours(graph, node)) {
      if (seen.has(before) || !isArrow(graph, before, node)) continue;
      if (!isAdjacent(graph, before, gamma)) return before;
      if (!isDirected(graph, before, gamma) || !isArrow(graph, node, before)) continue;
      seen.add(before);
      open.push(before);
    }
  }
  return undefined;
}

/** Puts a tail at i of every edge i o→ k for which `isTail` is true: the form of R8 to R10. */
function forOpenTails(graph: CausalGraph, isTail: (i: number, k: number) => boolean): boolean {
  return forEdges(
    graph,
    (i, k) => isCircle(graph, k, i) && isArrow(graph, i, k) && isTail(i, k) && putMark(graph, k, i, TAIL),
  );
}

/** R8: i → j → k and i o→ k: i → k. */
function tailsOfChains(graph: CausalGraph): boolean {
  return forOpenTails(graph, (i, k) =>
    neighbours(graph, i).some((j) => isDirected(graph, i, j) && isDirected(graph, j, k)),
  );
}

/** R9: i o→ k and an uncovered potentially directed path ⟨i, j, …, k⟩, j and k not adjacent: i → k. */
function tailsOfPaths(graph: CausalGraph): boolean {
  return forOpenTails(graph, (i, k) =>
    neighbours(graph, i).some((j) => j !== k && !isAdjacent(graph, j, k) && reaches(graph, [i, j], k)),
  );
}

/**
 * R10: i o→ k, j → k ← l, and uncovered potentially directed paths from i to j and from i to l whose first nodes after
 * i are different and not adjacent: i → k.
 */
function tailsOfTwoPaths(graph: CausalGraph): boolean {
  return forOpenTails(graph, (i, k) => {
    const parents = neighbours(graph, k).filter((j) => j !== i && isDirected(graph, j, k));
    const first = neighbours(graph, i).filter((node) => node !== k && mayLead(graph, i, node));
    const reached = first.map((node) => parents.filter((j) => node === j || reaches(graph, [i, node], j)));
    return first.some((mu, m) =>
      first.some(
        (omega, o) => m < o && !isAdjacent(graph, mu, omega) && reached[m].some((j) => reached[o].some((l) => j !== l)),
      ),
    );
  });
}

/** True if the edge may be from → to. */
function mayLead(graph: CausalGraph, from: number, to: number): boolean {
  return !isArrow(graph, to, from) && markAt(graph, from, to) !== TAIL;
}

/**
 * True if `path` can be continued to `end` so that every edge may be directed forward and no three consecutive nodes
 * form a triangle.
 */
function reaches(graph: CausalGraph, path: readonly number[], end: number): boolean {
  const [before, node] = path.slice(-2);
  if (!mayLead(graph, before, node)) return false;
  if (node === end) return true;
  return neighbours(graph, node).some(
    (next) => !path.includes(next) && !isAdjacent(graph, before, next) && reaches(graph, [...path, next], end),
  );
}
