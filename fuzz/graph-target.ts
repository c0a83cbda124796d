// Forms of graphs: what is read is written, and read to the same graph.

import type { CausalGraph } from '../src/causal/index.js';
import { expectEqual, type Target } from './target.js';

/** Written as U+FFFD: no XML may hold them, and Graphviz makes SVG of DOT. */
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
