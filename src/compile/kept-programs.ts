// Programs that were compiled last: fits that follow each other (halves, resamples, shuffles of one study) want the
// same ones again, and compiling takes longer than a short fit trains.

import { sha256 } from '../files/sha256.js';
import { topological } from '../graph/node.js';
import type { Attribute, Node } from '../graph/operation.js';
import type { CompiledProgram, CompileSpec } from './spec.js';

export class KeptPrograms {
  readonly #most: number;
  /** The one that was wanted last stands last. */
  readonly #programs = new Map<string, CompiledProgram>();
  #bytes = 0;

  /** @param most bytes of all of them */
  constructor(most: number) {
    this.#most = most;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The program of this spec or of one that was just like it, else what `make` makes. */
  get(spec: CompileSpec, make: () => CompiledProgram): CompiledProgram {
    const key = keyOf(spec);
    const kept = this.#programs.get(key);
    if (kept) {
      this.#programs.delete(key);
      this.#programs.set(key, kept);
      return kept;
    }
    const made = make();
    const bytes = bytesOf(made);
    if (bytes > this.#most) return made;
    this.#programs.set(key, made);
    this.#bytes += bytes;
    for (const [oldest, program] of this.#programs) {
      if (this.#bytes <= this.#most) break;
      this.#programs.delete(oldest);
      this.#bytes -= bytesOf(program);
    }
    return made;
  }
}

function bytesOf({ plan, constants }: CompiledProgram): number {
  return constants.reduce((sum, { values }) => sum + values.byteLength, plan.byteLength);
}

/** Equal for specs of which the compiler makes the same bytes: all it reads, nodes by their places. */
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
    ...{ name, tiles, outputs: Object.entries(outputs).map(([output, node]) => [output, place(node)]) },
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

/** JSON would not tell -0 from 0, nor infinities from NaN. */
function attributeKey(value: Attribute): string {
  if (value instanceof Float64Array) return digestOf(value);
  const numbers = typeof value === 'number' ? [value] : value;
  if (!Array.isArray(numbers)) return `${typeof value} ${String(value)}`;
  return `${typeof value} ${numbers.map((one: number) => (Object.is(one, -0) ? '-0' : String(one))).join()}`;
}
