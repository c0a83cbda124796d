// Forms of graphs: what is read is written, and read to the same graph.

import type { CausalGraph } from '../src/causal/index.js';
import { expectEqual, type Target } from './target.js';

export function graphTarget(read: (text: string) => CausalGraph, write?: (graph: CausalGraph) => string): Target {
  return {
    run: (bytes) => {
      const graph = read(Buffer.from(bytes).toString());
      if (write) expectEqual(read(write(graph)), graph, 'graph');
    },
  };
}
