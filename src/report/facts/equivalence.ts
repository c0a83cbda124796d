// The figures of the chart of links in equally good graphs.

import { classDirectionCell, presenceCell, type EquivalenceConclusion } from '../../conclusions/index.js';
import type { EquivalenceRow } from '../charts/equivalence-chart.js';

/** Returns a row for each link that some of the graphs have. */
export function equivalenceRows(equivalence: EquivalenceConclusion): { readonly rows: readonly EquivalenceRow[] } {
  const { links, graphs } = equivalence;
  return {
    rows: links.map((link) => ({
      name: `${link.first} – ${link.second}`,
      share: link.members / graphs,
      count: presenceCell(link, equivalence),
      directed: (link.direction?.members ?? 0) / graphs,
      direction: classDirectionCell(link),
    })),
  };
}
