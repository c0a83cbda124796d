// Graphs that discovery found are laid out by Graphviz, which a page does without; its reports have none.

import { InternalError } from '../../../errors.js';

/** @throws InternalError `layout-failed` */
export function layoutCausalGraph(): never {
  throw new InternalError('layout-failed', 'a page draws no graph of discovery; please report this');
}
