// Discovered graphs with the evidence of their edges, and graphs over latents.

import { causalGraphToJson, discoveryFromJson, causalGraphFromJson } from '../../src/causal/graph-json.js';
import { graphFromJson, graphToJson } from '../../src/causal/index.js';
import { expectEqual, type Target } from '../target.js';

export const target: Target = {
  run: (bytes) => {
    const text = Buffer.from(bytes).toString();
    const discovery = discoveryFromJson(text);
    causalGraphFromJson(text);
    if (discovery) {
      const again = discoveryFromJson(causalGraphToJson(discovery.graph, discovery.edges, discovery));
      expectEqual(again, discovery, 'discovery');
      return;
    }
    const latent = graphFromJson(text);
    expectEqual(graphFromJson(graphToJson(latent)), latent, 'graph over latents');
  },
};
