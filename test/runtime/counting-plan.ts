// A hand-written plan for two runs. It counts, counts without end, or makes a run fail. It uses no code of src/compile.

import type { CompiledPlan } from '../../src/runtime/program.js';

const [PARAMETERS, DATA, CONTROLS, ACTIVATIONS] = [0, 3, 4, 5];
const SLAB_SIZES = [16, 16, 32, 16, 16, 32, 0];
const [LOG, COPY, ADD] = [6, 1, 31];

interface Operand {
  slab: number;
  offset: number;
  written?: boolean;
}

interface Kernel {
  name: string;
  label: string;
  operands: Operand[];
  ints: number[];
  floats?: number[];
}

interface Entry {
  name: string;
  kernels: Kernel[];
  outputs: { name: string; slab: number; offset: number }[];
}

/** Returns a kernel that computes one value per run: `to = operation(from)`. */
function map(label: string, operation: number, to: Operand, from: Operand, immediate = 0): Kernel {
  const [rank, size, outputs, inputs, stride, registers, instructions] = [1, 2, 1, 1, 1, 2, 1];
  const instruction = [operation, 1, 0, 0, 0, operation === ADD ? 0 : -1];
  const ints = [rank, size, outputs, inputs, stride, stride, registers, instructions, ...instruction, 1];
  return { name: 'map', label, operands: [{ ...to, written: true }, from], ints, floats: [immediate] };
}

const counter: Operand = { slab: PARAMETERS, offset: 0 };
const input: Operand = { slab: DATA, offset: 0 };
const alive: Operand = { slab: CONTROLS, offset: 0 };
const next: Operand = { slab: ACTIVATIONS, offset: 0 };
const logarithm: Operand = { slab: ACTIVATIONS, offset: 16 };

const counting = [map('next', ADD, next, counter, 1), map('counter', COPY, counter, next)];
const guard: Kernel = { name: 'guard', label: 'guard', operands: [{ ...alive, written: true }, logarithm], ints: [2] };

const ENTRIES: Entry[] = [
  { name: 'count', kernels: counting, outputs: [{ name: 'counter', slab: PARAMETERS, offset: 0 }] },
  { name: 'spin', kernels: counting, outputs: [] },
  {
    name: 'logarithm',
    kernels: [map('log of input', LOG, logarithm, input), guard],
    outputs: [{ name: 'logarithm', slab: ACTIVATIONS, offset: 16 }],
  },
];

/** Collects the fields of a plan (docs/explanation/engine.md, "Plan"). */
class PlanWriter {
  readonly #bytes: number[] = [...new TextEncoder().encode('ILPLAN02')];

  u32(...values: number[]): void {
    for (const value of values) this.#append(4, (view) => view.setUint32(0, value, true));
  }

  u64(...values: number[]): void {
    for (const value of values) this.#append(8, (view) => view.setBigInt64(0, BigInt(value), true));
  }

  f64(...values: number[]): void {
    for (const value of values) this.#append(8, (view) => view.setFloat64(0, value, true));
  }

  text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.u32(bytes.length);
    this.#bytes.push(...bytes);
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  #append(size: number, write: (view: DataView) => void): void {
    const bytes = new Uint8Array(size);
    write(new DataView(bytes.buffer));
    this.#bytes.push(...bytes);
  }
}

function planBytes(): Uint8Array {
  const names = ENTRIES.flatMap(({ name, kernels, outputs }) => [
    name,
    ...kernels.flatMap((kernel) => [kernel.name, kernel.label]),
    ...outputs.map((output) => output.name),
  ]);
  const strings = [...new Set(names)];
  const out = new PlanWriter();
  out.u32(2);
  out.u64(...SLAB_SIZES);
  out.u32(strings.length);
  for (const string of strings) out.text(string);
  out.u32(ENTRIES.length);
  for (const entry of ENTRIES) {
    out.u32(strings.indexOf(entry.name), 1, 0, entry.kernels.length);
    for (const { name, label, operands, ints, floats = [] } of entry.kernels) {
      out.u32(strings.indexOf(name), strings.indexOf(label), operands.length);
      for (const { slab, offset, written = false } of operands) {
        out.u32(slab, written ? 1 : 0);
        out.u64(offset, 2, 1, 0);
      }
      out.u32(ints.length);
      out.u64(...ints);
      out.u32(floats.length);
      out.f64(...floats);
    }
    out.u32(entry.outputs.length);
    for (const { name, slab, offset } of entry.outputs) {
      out.u32(strings.indexOf(name), slab);
      out.u64(offset, 2);
    }
  }
  return out.bytes();
}

/**
 * Returns a plan with these entries. `count` adds 1 to the parameter `counter` of both runs and records it; `spin` does
 * the same but records nothing; `logarithm` records the logarithm of the data tensor `input` and guards it. The counter
 * starts at zero.
 */
export function countingPlan(): CompiledPlan {
  return {
    plan: planBytes(),
    runs: 2,
    entries: {
      count: { index: 0, outputSize: 2, outputs: { counter: { offset: 0, shape: [2] } } },
      spin: { index: 1, outputSize: 0, outputs: {} },
      logarithm: { index: 2, outputSize: 2, outputs: { logarithm: { offset: 0, shape: [2] } } },
    },
    parameters: { counter: { offset: 0, shape: [2] } },
    data: { input: { offset: 0, shape: [2] }, indices: { offset: 8, shape: [3], dtype: 'int32' } },
    controls: { alive: { offset: 0, shape: [2] } },
    constants: [{ offset: 0, values: Float32Array.of(1, Math.E) }],
  };
}
