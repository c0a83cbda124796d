// From our graph to ONNX operators. The graph is built for two sizes of a mini-batch: where their extents differ, there
// is the batch, which stays free. What depends on weights alone is computed here.

import { InputError } from '../errors.js';
import type { Node } from '../graph/index.js';
import { topological } from '../graph/node.js';
import { evaluate } from '../graph/reference.js';
import type { ParameterValues } from '../inference/batch-program.js';
import type { GraphBuilder } from './tensor-graph.js';

/** One node of both graphs. */
export interface NodePair {
  readonly node: Node;
  readonly other: Node;
}

export interface Translator {
  readonly graph: GraphBuilder;
  /** The name of a node's value. */
  readonly value: (node: Node) => string;
  /** Extents; −1 for those that the batch is a part of. */
  readonly shape: (node: Node) => readonly number[];
  /** Values of a node that depends on weights alone, along the batch those of the first subject. */
  readonly constant: (node: Node) => Float64Array;
  /** The number of subjects, one int64. */
  readonly batch: string;
}

export type Translation = (node: Node, to: Translator) => string;

export interface TranslationOptions {
  readonly graph: GraphBuilder;
  readonly table: Readonly<Record<string, Translation>>;
  readonly parameters: ParameterValues;
  /** Names of values by the leaves of data that hold them. */
  readonly leaves: ReadonlyMap<string, string>;
  readonly batch: string;
}

/**
 * @param output of the graph for one size of a batch @param other the same for another size
 * @returns the name of the output's value
 * @throws InputError `cannot-export` where an operation has no translation
 */
export function translate(output: Node, other: Node, options: TranslationOptions): string {
  const { graph, table, parameters, leaves, batch } = options;
  const others = topological([other]);
  const pairs = new Map(topological([output]).map((node, i) => [node.id, others[i]]));
  const shape = (node: Node): readonly number[] =>
    node.shape.map((extent, axis) => (extent === pairs.get(node.id)!.shape[axis] ? extent : -1));
  const fixed = new Map<number, boolean>();
  const isFixed = (node: Node): boolean => {
    const known = fixed.get(node.id);
    if (known !== undefined) return known;
    const answer = node.operation.name !== 'data' && !shape(node).includes(-1) && node.inputs.every(isFixed);
    fixed.set(node.id, answer);
    return answer;
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
    const name = make(node);
    values.set(node.id, name);
    return name;
  }

  function make(node: Node): string {
    const { name } = node.operation;
    const label = String(node.attributes['name']);
    if (name === 'data') return leaves.get(label)!;
    if (name === 'parameter') return graph.tensor({ shape: node.shape, data: parameters.get(label)!.values }, label);
    if (isFixed(node)) return graph.tensor({ shape: node.shape, data: Float32Array.from(constant(node)) });
    if (!Object.hasOwn(table, name)) throw cannotExport(`ONNX has no counterpart of the operation ${name} here`);
    return table[name](node, translator);
  }

  // Inputs before their users, so that long chains do not nest calls.
  for (const node of topological([output])) if (!isFixed(node) && node.operation.name !== 'constant') value(node);
  return value(output);
}

export function cannotExport(reason: string): InputError {
  return new InputError('cannot-export', `This model cannot be exported: ${reason}.`);
}
