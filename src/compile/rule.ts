// What a folding rule is: algebra on one node.

import type { Node } from '../graph/node.js';

/** Gives a simpler node of the same value and shape, or undefined. `again` simplifies the nodes a rule makes. */
export type Rule = (node: Node, again: (node: Node) => Node) => Node | undefined;
