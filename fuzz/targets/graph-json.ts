// Graphs that were discovered, with what is known of their edges, and graphs over latents.

import { causalGraphToJson, discoveryFromJson, causalGraphFromJson } from '../../src/causal/graph-json.js';
import { graphFromJson, graphToJson } from '../../src/causal/index.js';
import { expectEqual, type Target } from '../target.js';

export const target: Target = {
  run: (bytes) => {
    const text = Buffer.from(bytes).toString();
    const found = discoveryFromJson(text);
    causalGraphFromJson(text);
    if (found) {
      const again = discoveryFromJson(causalGraphToJson(found.graph, found.edges, found));
      expectEqual(again, found, 'discovery');
      return;
    }
    const latent = graphFromJson(text);
    expectEqual(graphFromJson(graphToJson(latent)), latent, 'graph over latents');
  },
};
