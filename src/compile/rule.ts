// A folding rule is algebra on one node. Only rules refer to particular operations, by their rows in the operation
// table.

import type { Node, Operation } from '../graph/operation.js';

/**
 * Returns a simpler node of the same value and shape, or undefined. `simplify` simplifies the nodes that a rule
 * creates.
 */
export type Rule = (node: Node, simplify: (node: Node) => Node) => Node | undefined;

/** The rules of an operation, in the order in which they are tried. */
export type RulesOf = readonly [operation: Operation, rules: readonly Rule[]];
