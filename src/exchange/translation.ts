// Translates a graph to ONNX operators. The graph is built for two batch sizes. Axes whose extents differ contain the
// batch, which remains free. Nodes that depend only on weights are computed during the export.

import { InputError } from '../errors/errors.js';
import type { Node } from '../graph/index.js';
import { topological } from '../graph/node.js';
import { evaluate } from '../graph/reference.js';
import type { ParameterValues } from '../inference/batch-program.js';
import type { GraphBuilder } from './tensor-graph.js';

export interface Translator {
  readonly graph: GraphBuilder;
  /** Returns the name of a node's value. */
  readonly value: (node: Node) => string;
  /** Returns the extents of a node; −1 for those that contain the batch. */
  readonly shape: (node: Node) => readonly number[];
  /** Returns the values of a node that depends only on weights, for the batch size of the node. */
  readonly constant: (node: Node) => Float64Array;
  /** Name of the number of subjects, one int64. */
  readonly batch: string;
}

export type Translation = (node: Node, to: Translator) => string;

export interface TranslationOptions {
  readonly graph: GraphBuilder;
  readonly table: Readonly<Record<string, Translation>>;
  readonly parameters: ParameterValues;
  /** Names of values by the data leaves that hold them. */
  readonly leaves: ReadonlyMap<string, string>;
  readonly batch: string;
}

/**
 * Translates a graph.
 * @param output of the graph for one batch size
 * @param other the output for another batch size
 * @returns the name of the output's value
 * @throws InputError `cannot-export` if an operation has no translation
 */
export function translate(output: Node, other: Node, options: TranslationOptions): string {
  const { graph, table, parameters, leaves, batch } = options;
  const otherNodes = topological([other]);
  const pairs = new Map(topological([output]).map((node, i) => [node.id, otherNodes[i]]));
  const shape = (node: Node): readonly number[] =>
    node.shape.map((extent, axis) => (extent === pairs.get(node.id)!.shape[axis] ? extent : -1));
  const fixed = new Map<number, boolean>();
  const isFixed = (node: Node): boolean => {
    const known = fixed.get(node.id);
    if (known !== undefined) return known;
    const result = node.operation.name !== 'data' && !shape(node).includes(-1) && node.inputs.every(isFixed);
    fixed.set(node.id, result);
    return result;
  };
  const constant = (node: Node): Float64Array => {
    const leafNames = topological([node]).flatMap(({ operation, attributes }) =>
      operation.name === 'parameter' ? [String(attributes['name'])] : [],
    );
    const feeds = Object.fromEntries(leafNames.map((name) => [name, parameters.get(name)!.values]));
    return evaluate([node], { parameters: feeds })[0];
  };
  const values = new Map<number, string>();
  const translator: Translator = { graph, shape, constant, batch, value };

  function value(node: Node): string {
    const known = values.get(node.id);
    if (known !== undefined) return known;
    const name = nameOf(node);
    values.set(node.id, name);
    return name;
  }

  function nameOf(node: Node): string {
    const { name } = node.operation;
    const label = String(node.attributes['name']);
    if (name === 'data') return leaves.get(label)!;
    if (name === 'parameter') return graph.tensor({ shape: node.shape, data: parameters.get(label)!.values }, label);
    if (isFixed(node)) return graph.tensor({ shape: node.shape, data: Float32Array.from(constant(node)) });
    if (!Object.hasOwn(table, name)) throw cannotExport(`the operation ${name} has no translation to ONNX`);
    return table[name](node, translator);
  }

  // Inputs are translated before their users, so that long chains do not nest calls.
  for (const node of topological([output])) if (!isFixed(node) && node.operation.name !== 'constant') value(node);
  return value(output);
}

export function cannotExport(reason: string): InputError {
  return new InputError('cannot-export', `This model cannot be exported: ${reason}.`);
}
