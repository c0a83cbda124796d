// Cache of the programs compiled last. Fits that follow each other (folds, resamples, shuffles of one study) need the
// same programs, and compilation takes longer than a short fit trains.

import { sha256 } from '../files/sha256.js';
import { topological } from '../graph/node.js';
import type { Attribute, Node } from '../graph/operation.js';
import type { CompiledProgram, CompileSpec } from './spec.js';

export class ProgramCache {
  readonly #maxBytes: number;
  /** Programs in order of their last use, the most recent last. */
  readonly #programs = new Map<string, CompiledProgram>();
  #bytes = 0;

  /** @param maxBytes of all programs together */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Returns the program of an equal spec, or the result of `compile`, which it stores if it fits. */
  get(spec: CompileSpec, compile: () => CompiledProgram): CompiledProgram {
    const key = keyOf(spec);
    const cached = this.#programs.get(key);
    if (cached) {
      this.#programs.delete(key);
      this.#programs.set(key, cached);
      return cached;
    }
    const compiled = compile();
    const bytes = bytesOf(compiled);
    if (bytes > this.#maxBytes) return compiled;
    this.#programs.set(key, compiled);
    this.#bytes += bytes;
    for (const [oldest, program] of this.#programs) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#programs.delete(oldest);
      this.#bytes -= bytesOf(program);
    }
    return compiled;
  }
}

function bytesOf({ plan, constants }: CompiledProgram): number {
  return constants.reduce((sum, { values }) => sum + values.byteLength, plan.byteLength);
}

/**
 * Returns a key that is equal for specs that compile to the same bytes. It covers all that the compiler reads, with
 * nodes by their positions.
 */
function keyOf({ runs, memory, kernels, rates, entries }: CompileSpec): string {
  const roots = Object.values(entries).flatMap(({ outputs, guard = [], update }) => [
    ...Object.values(outputs),
    ...guard,
    ...(update?.parameters ?? []).flatMap(({ node, gradient }) => [node, gradient]),
  ]);
  const hash = sha256();
  const places = new Map<Node, number>();
  for (const node of topological(roots)) {
    places.set(node, places.size);
    const { operation, inputs, shape, label, attributes } = node;
    const named = Object.entries(attributes).map(([name, value]) => [name, attributeKey(value)]);
    hash.update(JSON.stringify([operation.name, inputs.map((input) => places.get(input)), shape, label, named]));
  }
  const place = (node: Node): number => places.get(node)!;
  const described = Object.entries(entries).map(([name, { tiles, outputs, guard, update }]) => ({
    name,
    tiles,
    outputs: Object.entries(outputs).map(([output, node]) => [output, place(node)]),
    guard: guard?.map(place),
    update: update && {
      ...update,
      parameters: update.parameters.map(({ node, gradient, rate }) => [place(node), place(gradient), rate]),
    },
  }));
  hash.update(JSON.stringify({ runs, memory, kernels: kernels && [...kernels].sort(), rates, entries: described }));
  return hash.digest('base64');
}

function digestOf({ buffer, byteOffset, byteLength }: Float64Array): string {
  const hash = sha256();
  hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest('base64');
}

/** Returns a key of an attribute. JSON would not distinguish −0 from 0, nor infinities from NaN. */
function attributeKey(value: Attribute): string {
  if (value instanceof Float64Array) return digestOf(value);
  const numbers = typeof value === 'number' ? [value] : value;
  if (!Array.isArray(numbers)) return `${typeof value} ${String(value)}`;
  return `${typeof value} ${numbers.map((one: number) => (Object.is(one, -0) ? '-0' : String(one))).join()}`;
}
