// Reads a graph that `interlatent discover --out FILE.json` wrote, with the figures of its edges.

import type { EdgeFrequencies } from '../../causal/discovery/half-samples.js';
import { graphEdges } from '../../causal/discovery/causal-graph.js';
import { discoveryFromJson } from '../../causal/graph-json.js';
import { InputError } from '../../errors/errors.js';
import type { ReportDiscovery, ReportedEdge } from '../input.js';

/**
 * Reads a graph of discovery.
 * @param source name of the text in errors, for example its path
 * @throws InputError `invalid-json`, `invalid-graph`, `duplicate-variable`, `unknown-variable`, `invalid-edge`
 */
export function readDiscovery(text: string, source = 'graph'): ReportDiscovery {
  const discovery = discoveryFromJson(text, source);
  if (discovery === undefined) {
    throw new InputError(
      'invalid-graph',
      `${source} is the graph of a fit's latents, which the report already contains. Pass a file that ` +
        'interlatent discover --out wrote.',
      { source },
    );
  }
  const edges = graphEdges(discovery.graph).map((edge): ReportedEdge => {
    const same = discovery.edges.find(({ from, to }) => from === edge.from && to === edge.to);
    if (same !== undefined) {
      const { p, association, link, frequencies, intervals } = same;
      return { ...edge, p, association, link, frequencies, intervals };
    }
    const { p, association, link, frequencies, intervals } = discovery.edges.find(
      ({ from, to }) => from === edge.to && to === edge.from,
    )!;
    return { ...edge, p, association, link, frequencies: frequencies && reversed(frequencies), intervals };
  });
  return { ...discovery, edges };
}

function reversed(frequencies: EdgeFrequencies): EdgeFrequencies {
  return { ...frequencies, forward: frequencies.backward, backward: frequencies.forward };
}
