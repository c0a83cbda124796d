// Targets for formats of graphs: a graph that is read, written and read again must be the same.

import type { CausalGraph } from '../src/causal/index.js';
import { expectEqual, type Target } from './target.js';

/** Characters that are written as U+FFFD, because XML, and hence Graphviz's SVG, cannot contain them. */
const UNWRITABLE = /[\p{Cc}\p{Cs}\u{FFFE}\u{FFFF}]/u;

export function graphTarget(read: (text: string) => CausalGraph, write?: (graph: CausalGraph) => string): Target {
  return {
    run: (bytes) => {
      const graph = read(Buffer.from(bytes).toString());
      if (!write || graph.variables.some(({ name, modality = '' }) => UNWRITABLE.test(name + modality))) return;
      expectEqual(read(write(graph)), graph, 'graph');
    },
  };
}
