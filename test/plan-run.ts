// Runs a compiled program on a backend. All slabs are filled first, so that a test can detect each element that a
// kernel should not have written.

import type { LoadedPlan, RunFailure } from '../src/compile/backend.js';
import type { CompiledProgram } from '../src/compile/index.js';
import { decodePlan, type DecodedPlan } from '../src/compile/decode.js';
import { CPU, type Device } from '../src/runtime/device.js';
import { loadPlan } from '../src/runtime/load-plan.js';
import { arrayOf, elementsIn } from '../src/graph/data-type.js';
import type { Feeds } from '../src/graph/reference.js';

/** A finite value that no kernel computes. */
const SENTINEL = -1.2345e30;
const SLAB = { parameters: 0, gradients: 1, moments: 2, data: 3, controls: 4, activations: 5 } as const;

export interface StepResult {
  /** Outputs of the entry by name. */
  readonly outputs: Readonly<Record<string, Float32Array>>;
  readonly failures: readonly RunFailure[];
}

export interface PlanRunOptions {
  readonly device?: Device;
  /** Replaces the device's way of loading a plan. */
  readonly load?: ((plan: Uint8Array) => LoadedPlan) | undefined;
  readonly threads?: number;
}

export class PlanRun {
  readonly compiled: CompiledProgram;
  readonly #program: LoadedPlan;
  readonly #plan: DecodedPlan;

  constructor(compiled: CompiledProgram, { device = CPU, load, threads = 1 }: PlanRunOptions = {}) {
    this.compiled = compiled;
    this.#plan = decodePlan(compiled.plan);
    this.#program = load?.(compiled.plan) ?? loadPlan(compiled.plan, { device, threads });
    for (const slab of [SLAB.gradients, SLAB.data, SLAB.activations]) this.#fill(slab, SENTINEL);
    this.#fill(SLAB.moments, 0);
    for (const { offset, values } of compiled.constants) this.#program.upload(SLAB.data, offset, values);
    const alive = compiled.controls['alive'].offset;
    this.#program.upload(SLAB.controls, alive, new Float32Array(compiled.runs).fill(1));
  }

  #fill(slab: number, value: number): void {
    const size = this.#plan.slabs[slab];
    if (size > 0) this.#program.upload(slab, 0, new Float32Array(size).fill(value));
  }

  async slab(slab: keyof typeof SLAB): Promise<Float32Array> {
    const values = new Float32Array(this.#plan.slabs[SLAB[slab]]);
    if (values.length > 0) await this.#program.download(SLAB[slab], 0, values);
    return values;
  }

  feed({ parameters = {}, data = {}, controls = {} }: Feeds): void {
    for (const [name, values] of Object.entries(parameters)) {
      this.#program.upload(SLAB.parameters, this.compiled.parameters[name].offset, Float32Array.from(values));
    }
    for (const [name, values] of Object.entries(controls)) {
      this.#program.upload(SLAB.controls, this.compiled.controls[name].offset, Float32Array.from(values));
    }
    for (const [name, values] of Object.entries(data)) {
      const { offset, dtype } = this.compiled.data[name];
      this.#program.upload(SLAB.data, offset, elementsIn(arrayOf(dtype, values)));
    }
  }

  /** Runs one step. */
  async step(entry: string, firstStep = 0): Promise<StepResult> {
    const { index, outputs, outputSize } = this.compiled.entries[entry];
    const results = new Float32Array(outputSize);
    const request = { entry: index, firstStep, steps: 1, results };
    const { failures } = this.#program.runSync?.(request) ?? (await this.#program.run(request));
    const named = Object.entries(outputs).map(([name, { offset, shape }]) => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      return [name, results.subarray(offset, offset + size)] as const;
    });
    return { outputs: Object.fromEntries(named), failures };
  }

  /** Returns the changed elements of slabs that no written operand of the entry covers. */
  async strayWrites(entry: string): Promise<string[]> {
    const stray: string[] = [];
    for (const slab of ['gradients', 'activations'] as const) {
      const values = await this.slab(slab);
      const written = new Uint8Array(values.length);
      const { kernels, tiles, blockKernels } = this.#plan.entries[this.compiled.entries[entry].index];
      kernels.forEach(({ operands }, position) => {
        const [runs, copies] = position < blockKernels ? [this.#plan.runs, tiles] : [1, 1];
        for (const { slab: number, written: isWritten, offset, extent, runStride, tileStride } of operands) {
          if (!isWritten || number !== SLAB[slab]) continue;
          for (let block = 0; block < runs * copies; block++) {
            const start = offset + Math.floor(block / copies) * runStride + (block % copies) * tileStride;
            written.fill(1, start, start + extent);
          }
        }
      });
      values.forEach((value, i) => {
        if (written[i] === 0 && value !== Math.fround(SENTINEL)) stray.push(`${slab}[${i}] = ${value}`);
      });
    }
    return stray;
  }

  async dispose(): Promise<void> {
    await this.#program.dispose();
  }
}
