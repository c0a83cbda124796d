// A graph that `interlatent discover --out FILE.json` wrote, with what it says of its edges.

import { causalEdges, causalGraphFromJson, type EdgeFrequencies } from '../../causal/discovery/index.js';
import { InputError } from '../../errors.js';
import type { ReportDiscovery, ReportedEdge } from '../input.js';

/** What the file says of an edge beyond its marks. */
type Told = Pick<ReportedEdge, 'from' | 'to' | 'p' | 'frequencies'>;

/**
 * @param source how messages call the text, for example its path
 * @throws InputError `invalid-json`, `invalid-graph`, `duplicate-variable`, `unknown-variable`, `invalid-edge`
 */
export function readDiscovery(text: string, source = 'graph'): ReportDiscovery {
  const graph = causalGraphFromJson(text, source);
  // The reader has checked the text against its schema, and keeps marks only.
  const { edges: told, variables } = JSON.parse(text) as { edges: Told[]; variables?: unknown };
  if (variables === undefined) {
    throw new InputError(
      'invalid-graph',
      `${source} is the graph of a fit's latents, which the report has already; give a file that ` +
        'interlatent discover --out wrote.',
      { source },
    );
  }
  const edges = causalEdges(graph).map((edge): ReportedEdge => {
    const same = told.find(({ from, to }) => from === edge.from && to === edge.to);
    if (same !== undefined) return { ...edge, ...extras(same.p, same.frequencies) };
    const turned = told.find(({ from, to }) => from === edge.to && to === edge.from)!;
    return { ...edge, ...extras(turned.p, turned.frequencies && backwards(turned.frequencies)) };
  });
  return { graph, edges };
}

function extras(p: number | undefined, frequencies: EdgeFrequencies | undefined) {
  return { ...(p !== undefined && { p }), ...(frequencies && { frequencies }) };
}

function backwards(found: EdgeFrequencies): EdgeFrequencies {
  return { ...found, forward: found.backward, backward: found.forward };
}
