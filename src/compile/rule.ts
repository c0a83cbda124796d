// What a folding rule is: algebra on one node. Rules are passes about algebra: they alone name operations, by their
// rows.

import type { Node, Operation } from '../graph/operation.js';

/** Gives a simpler node of the same value and shape, or undefined. `again` simplifies the nodes a rule makes. */
export type Rule = (node: Node, again: (node: Node) => Node) => Node | undefined;

/** The rules of an operation, in the order in which they are tried. */
export type RulesOf = readonly [operation: Operation, rules: readonly Rule[]];
