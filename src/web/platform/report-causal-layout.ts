// Graphs of causal discovery need Graphviz for their layout. A page has no Graphviz, and its reports have no such
// graphs.

import { InternalError } from '../../errors/errors.js';

/** @throws InternalError `layout-failed` */
export function layoutCausalGraph(): never {
  throw new InternalError('layout-failed', 'a page cannot draw a graph of discovery. Please report this');
}
