// The graphs that differ from a graph only in the direction of links that nothing determines, and that imply the same
// independences (Verma & Pearl 1990): the same links, the same colliders, and no cycle.

/** The ends of an edge. */
export interface Ends {
  readonly from: string;
  readonly to: string;
}

/** Maximum number of links whose directions are enumerated. */
const MAX_OPEN = 6;

/**
 * Returns the graphs; the given one is the first. With more than six open links it is the only one.
 * @param isOpen true for an edge whose direction nothing determines
 */
export function markovClass(edges: readonly Ends[], isOpen: (edge: Ends) => boolean): readonly (readonly Ends[])[] {
  const open = edges.flatMap((edge, i) => (isOpen(edge) ? [i] : []));
  if (open.length > MAX_OPEN) return [edges];
  const colliders = collidersOf(edges);
  return Array.from({ length: 2 ** open.length }, (_, choice) => {
    const reversed = new Set(open.filter((__, k) => (choice >> k) % 2 === 1));
    return edges.map((edge, i) => (reversed.has(i) ? { from: edge.to, to: edge.from } : edge));
  }).filter((graph) => collidersOf(graph) === colliders && isAcyclic(graph));
}

/** Returns the pairs of unlinked causes of a common effect, as a text. */
function collidersOf(edges: readonly Ends[]): string {
  const linked = new Set(edges.flatMap(({ from, to }) => [`${from} ${to}`, `${to} ${from}`]));
  return edges
    .flatMap((a) =>
      edges
        .filter((b) => b.to === a.to && a.from < b.from && !linked.has(`${a.from} ${b.from}`))
        .map((b) => `${a.from} ${b.from} ${a.to}`),
    )
    .sort()
    .join();
}

function isAcyclic(edges: readonly Ends[]): boolean {
  let rest = edges;
  for (;;) {
    const next = rest.filter(({ from }) => rest.some(({ to }) => to === from));
    if (next.length === rest.length) return next.length === 0;
    rest = next;
  }
}
