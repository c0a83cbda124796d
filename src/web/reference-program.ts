// A program that evaluates its graph by the float64 reference in the main thread of the page. It is slow, but gives the
// same numbers everywhere.

import type { CompiledProgram, CompileSpec } from '../compile/index.js';
import { InternalError } from '../errors/errors.js';
import { roomFor } from '../graph/data-type.js';
import { topological } from '../graph/node.js';
import type { Dense, Node, ReferenceContext } from '../graph/operation.js';
import type { LoadedPlan, RunReport, RunRequest } from '../compile/backend.js';
import { nextTurn } from '../threads/next-turn.js';

const KINDS = { parameters: 0, data: 3, controls: 4 } as const;
/** Milliseconds of computation between two turns of the page's event loop. */
const TURN_MS = 12;

export class ReferenceProgram implements LoadedPlan {
  readonly #spec: CompileSpec;
  readonly #program: CompiledProgram;
  /** Slabs by number. Only slabs that are uploaded have an entry. */
  readonly #slabs = new Map<number, Uint8Array>();
  #cancelled = false;
  #disposed = false;

  constructor(spec: CompileSpec, program: CompiledProgram) {
    if (Object.values(spec.entries).some(({ update }) => update)) {
      throw new InternalError('no-training', 'the reference cannot train. Please report this');
    }
    this.#spec = spec;
    this.#program = program;
    for (const [kind, slab] of Object.entries(KINDS)) {
      this.#slabs.set(slab, new Uint8Array(program.memory[kind as keyof typeof KINDS]));
    }
  }

  upload(slab: number, offset: number, values: Float32Array | Int32Array): void {
    const { buffer, byteOffset, byteLength } = values;
    this.#slabs.get(slab)!.set(new Uint8Array(buffer, byteOffset, byteLength), 4 * offset);
  }

  download(slab: number, offset: number, target: Float32Array | Int32Array): void {
    const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
    bytes.set(this.#slabs.get(slab)!.subarray(4 * offset, 4 * offset + bytes.length));
  }

  /** Returns false: a page cannot map files. */
  map(): boolean {
    return false;
  }

  async run(request: RunRequest, onProgress?: (stepsDone: number) => void): Promise<RunReport> {
    const { firstStep, steps, results } = request;
    const [name, { outputSize }] = Object.entries(this.#program.entries).find(
      ([, entry]) => entry.index === request.entry,
    )!;
    const outputs = Object.values(this.#spec.entries[name].outputs);
    this.#cancelled = false;
    let stepsDone = 0;
    for (; stepsDone < steps; stepsDone++) {
      const values = await this.#evaluate(outputs, firstStep + stepsDone);
      if (values === undefined) break;
      let at = stepsDone * outputSize;
      for (const output of values) {
        results.set(output, at);
        at += output.length;
      }
      onProgress?.(stepsDone + 1);
    }
    return { stepsDone, cancelled: stepsDone < steps, failures: [] };
  }

  cancel(): void {
    this.#cancelled = true;
  }

  describe(): string {
    const { parameters, gradients, moments, data, controls } = this.#program.memory;
    const bytes = { parameters, gradients, moments, data, controls, activations: 0, block: 0, scratch: 0 };
    return JSON.stringify({ device: 'reference', bytes });
  }

  dispose(): Promise<void> {
    this.#cancelled = true;
    this.#disposed = true;
    this.#slabs.clear();
    return Promise.resolve();
  }

  /**
   * Does the same as `evaluate` of src/graph/reference.ts, and lets the event loop run between operations. Returns
   * undefined if it was cancelled.
   */
  async #evaluate(nodes: readonly Node[], step: number): Promise<Float64Array[] | undefined> {
    const context: ReferenceContext = { step, leaf: (kind, name, size) => this.#leaf(kind, name, size) };
    const order = topological(nodes);
    const lastUse = new Map<Node, number>();
    order.forEach((node, at) => {
      for (const input of node.inputs) lastUse.set(input, at);
    });
    for (const node of nodes) lastUse.set(node, order.length);
    const results = new Map<Node, Dense>();
    let turn = performance.now() + TURN_MS;
    for (const [at, node] of order.entries()) {
      if (performance.now() > turn) {
        await nextTurn();
        if (this.#isStopped) return undefined;
        turn = performance.now() + TURN_MS;
      }
      const inputs = node.inputs.map((input) => results.get(input)!);
      results.set(node, { shape: node.shape, values: node.operation.reference(node, inputs, context) });
      for (const input of node.inputs) if (lastUse.get(input) === at) results.delete(input);
    }
    return nodes.map((node) => results.get(node)!.values);
  }

  get #isStopped(): boolean {
    return this.#cancelled || this.#disposed;
  }

  #leaf(kind: keyof typeof KINDS, name: string, size: number): Float64Array {
    const place = this.#program[kind][name];
    const { values, elements } = roomFor('dtype' in place ? place.dtype : 'float32', size);
    const bytes = new Uint8Array(elements.buffer);
    bytes.set(this.#slabs.get(KINDS[kind])!.subarray(4 * place.offset, 4 * place.offset + bytes.length));
    return Float64Array.from(values);
  }
}
