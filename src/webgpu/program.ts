// A plan on a GPU. Seven slabs are bound once for all kernels, and one submission contains several steps.

import type { LoadedPlan, RunFailure, RunReport, RunRequest } from '../compile/backend.js';
import { decodePlan, type DecodedPlan } from '../compile/decode.js';
import { blame, wrongRow, type ReadSlab } from './blame.js';
import type { WebGpuDevice } from './device.js';
import { Exclusive } from './exclusive.js';
import { prepareEntry, type PreparedEntry, type PreparedKernel } from './entry.js';
import { STATE, STEP_HEAD, STEP_WORDS } from './shader.js';
import {
  checkRange,
  checkSlabs,
  CONTROLS_SLAB,
  DATA_SLAB,
  describeProgram,
  ELEMENT_BYTES,
  slabElements,
} from './slabs.js';

/** Bytes per step in the uniform buffer. Every device accepts dynamic offsets that are multiples of this number. */
const STEP_BYTES = STEP_WORDS * ELEMENT_BYTES;
/** Target duration of a submission. It is short, so that a run can be cancelled and the display stays responsive. */
const SUBMISSION_MS = 100;
const MAX_STEPS = 1024;
/** Maximum size of the results of one submission. */
const MAX_RESULT_BYTES = 2 ** 25;
const INFINITY_BITS = 0x7f800000;

const STORAGE = 0x80 | 0x08 | 0x04; // STORAGE | COPY_DST | COPY_SRC
const UNIFORM = 0x40 | 0x08; // UNIFORM | COPY_DST
const STAGING = 0x01 | 0x08; // MAP_READ | COPY_DST

/** Buffers and bind group of submissions. They are recreated if a run needs larger ones. */
interface Workspace {
  readonly steps: number;
  readonly stateBytes: number;
  readonly state: GPUBuffer;
  readonly words: GPUBuffer;
  readonly staging: GPUBuffer;
  readonly group: GPUBindGroup;
}

export class WebGpuProgram implements LoadedPlan {
  readonly #device: WebGpuDevice;
  readonly #plan: DecodedPlan;
  readonly #slabs: readonly GPUBuffer[];
  readonly #entries: readonly PreparedEntry[];
  /** Resolves once the slabs are allocated, and rejects if they cannot be. */
  readonly #allocation: Promise<void>;
  readonly #pipelines: Promise<ReadonlyMap<string, GPUComputePipeline>>;
  /** Copy of the control slab on the host. The words of steps are computed from it. */
  readonly #controls: Float32Array;
  readonly #description: string;
  #workspace: Workspace | undefined;
  /** Last measured milliseconds per step of each entry. */
  readonly #stepTimes = new Map<PreparedEntry, number>();
  readonly #exclusive = new Exclusive();

  /**
   * Begins to compile the plan's shaders; the first run waits for them.
   * @throws InputError `invalid-plan`; DeviceError `out-of-memory`, `too-large`; Error with code `unknown-kernel`
   */
  constructor(device: WebGpuDevice, bytes: Uint8Array) {
    device.check();
    this.#device = device;
    const plan = decodePlan(bytes);
    this.#plan = plan;
    const { limits, isSoftware } = device.adapter;
    const tables: number[] = [];
    const table = (words: readonly number[]): number => {
      tables.push(...words);
      return plan.slabs[DATA_SLAB] + tables.length - words.length;
    };
    this.#entries = plan.entries.map((entry) => prepareEntry(plan, entry, { limits, isSoftware, table }));
    const elements = slabElements(plan);
    checkSlabs(plan, device.adapter, tables.length);
    elements[DATA_SLAB] += tables.length;
    this.#description = describeProgram(plan, device.adapter);
    this.#controls = new Float32Array(plan.slabs[CONTROLS_SLAB]);
    const { value: slabs, done } = device.caught(() => {
      const buffers = elements.map((size) => this.#buffer(size * ELEMENT_BYTES, STORAGE));
      const first = plan.slabs[DATA_SLAB] * ELEMENT_BYTES;
      if (tables.length > 0) device.gpu.queue.writeBuffer(buffers[DATA_SLAB], first, Uint32Array.from(tables));
      return buffers;
    });
    this.#slabs = slabs;
    this.#allocation = done;
    this.#pipelines = done.then(() => this.#compile());
    // The first run reports the error.
    this.#pipelines.catch(() => undefined);
  }

  upload(slab: number, offset: number, values: Float32Array | Int32Array): void {
    this.#check('upload');
    checkRange(this.#plan, 'upload', { slab, offset, count: values.length });
    const { buffer, byteOffset, byteLength } = values;
    const { queue } = this.#device.gpu;
    // If the slabs could not be allocated, the first run reports it.
    this.#device.caught(() => {
      queue.writeBuffer(this.#slabs[slab], offset * ELEMENT_BYTES, buffer, byteOffset, byteLength);
    });
    if (slab === CONTROLS_SLAB) this.#controls.set(values, offset);
  }

  async download(slab: number, offset: number, target: Float32Array | Int32Array): Promise<void> {
    this.#check('download');
    checkRange(this.#plan, 'download', { slab, offset, count: target.length });
    const values = await this.#exclusive.run('download', () => this.#read(slab, offset, target.length));
    new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(new Uint8Array(values));
  }

  /** Returns false: WebGPU cannot map files. */
  map(): boolean {
    this.#check('map');
    return false;
  }

  async run(request: RunRequest, onProgress?: (stepsDone: number) => void): Promise<RunReport> {
    this.#check('run');
    return this.#exclusive.run('run', () => this.#run(request, onProgress));
  }

  cancel(): void {
    this.#exclusive.cancel();
  }

  describe(): string {
    this.#check('describe');
    return this.#description;
  }

  async dispose(): Promise<void> {
    await this.#exclusive.dispose(async () => {
      await this.#pipelines.catch(() => undefined);
      for (const buffer of [...this.#slabs, ...this.#workspaceBuffers()]) buffer.destroy();
    });
  }

  async #run(
    { entry: index, firstStep, steps, results }: RunRequest,
    onProgress?: (stepsDone: number) => void,
  ): Promise<RunReport> {
    const entry = this.#entries[index];
    const failures: RunFailure[] = [];
    const pipelines = await this.#pipelines;
    let done = 0;
    while (done < steps) {
      if (this.#exclusive.isCancelled) return { stepsDone: done, cancelled: true, failures };
      const count = this.#stepsPerSubmission(entry, steps - done);
      const started = performance.now();
      const state = await this.#submit(entry, pipelines, firstStep + done, count);
      this.#stepTimes.set(entry, (performance.now() - started) / count);
      const failed = state[STATE.failedStep];
      if (failed > 0) throw await wrongRow(entry, firstStep + done + failed - 1, this.#reader);
      const { runs } = this.#plan;
      const outputs = state.subarray(STATE.head + runs);
      results.set(new Float32Array(outputs.buffer, outputs.byteOffset, outputs.length), done * entry.outputSize);
      for (let run = 0; run < runs; run++) {
        const lost = state[STATE.head + run];
        if (lost === 0) continue;
        const step = firstStep + done + lost - 1;
        failures.push({ run, step, label: await this.#blame(entry, pipelines, step, run) });
      }
      done += count;
      onProgress?.(done);
    }
    failures.sort((a, b) => a.step - b.step || a.run - b.run);
    return { stepsDone: done, cancelled: false, failures };
  }

  /**
   * Runs `count` steps in one submission.
   * @returns the state buffer afterwards: head, one word per run, results of all steps
   */
  async #submit(
    entry: PreparedEntry,
    pipelines: ReadonlyMap<string, GPUComputePipeline>,
    firstStep: number,
    count: number,
  ): Promise<Uint32Array> {
    const { gpu } = this.#device;
    const head = STATE.head + this.#plan.runs;
    const stateBytes = (head + count * entry.outputSize) * ELEMENT_BYTES;
    const { state, words, staging, group } = await this.#workspaceFor(count, stateBytes);
    gpu.queue.writeBuffer(state, 0, new Uint32Array(head));
    gpu.queue.writeBuffer(words, 0, this.#wordsOf(entry, firstStep, count));
    const encoder = gpu.createCommandEncoder();
    // Each step needs a separate pass, because outputs cannot be copied within a pass.
    for (let step = 0; step < count; step++) {
      const pass = encoder.beginComputePass();
      pass.setBindGroup(0, group, [step * STEP_BYTES]);
      for (const kernel of entry.kernels) dispatch(pass, kernel, pipelines);
      pass.end();
      let at = (head + step * entry.outputSize) * ELEMENT_BYTES;
      for (const { slab, offset, count: elements } of entry.outputs) {
        const bytes = elements * ELEMENT_BYTES;
        encoder.copyBufferToBuffer(this.#slabs[slab], offset * ELEMENT_BYTES, state, at, bytes);
        at += bytes;
      }
    }
    encoder.copyBufferToBuffer(state, 0, staging, 0, stateBytes);
    gpu.queue.submit([encoder.finish()]);
    return new Uint32Array(await this.#mapped(staging, stateBytes));
  }

  #wordsOf(entry: PreparedEntry, firstStep: number, count: number): Uint32Array {
    const words = new Uint32Array(count * STEP_WORDS);
    for (let i = 0; i < count; i++) {
      const step = firstStep + i;
      words.set([step >>> 0, Math.floor(step / 2 ** 32), i, INFINITY_BITS], i * STEP_WORDS);
      words.set(entry.words(step, this.#controls), i * STEP_WORDS + STEP_HEAD);
    }
    return words;
  }

  /**
   * Returns the number of steps of the next submission: one if no step was measured yet, or else the number that fits
   * the target duration.
   */
  #stepsPerSubmission(entry: PreparedEntry, remaining: number): number {
    const time = this.#stepTimes.get(entry);
    const room = Math.max(1, Math.floor(MAX_RESULT_BYTES / ELEMENT_BYTES / Math.max(1, entry.outputSize)));
    if (time === undefined) return 1;
    return Math.max(1, Math.min(remaining, room, MAX_STEPS, Math.floor(SUBMISSION_MS / time)));
  }

  async #workspaceFor(steps: number, stateBytes: number): Promise<Workspace> {
    const current = this.#workspace;
    if (current && current.steps >= steps && current.stateBytes >= stateBytes) return current;
    const size = {
      steps: Math.max(steps, current?.steps ?? 0),
      stateBytes: Math.max(stateBytes, current?.stateBytes ?? 0),
    };
    for (const buffer of this.#workspaceBuffers()) buffer.destroy();
    this.#workspace = undefined;
    const { value: workspace, done } = this.#device.caught(() => {
      const state = this.#buffer(size.stateBytes, STORAGE);
      const words = this.#buffer(size.steps * STEP_BYTES, UNIFORM);
      const staging = this.#buffer(size.stateBytes, STAGING);
      const entries = [...this.#slabs, state].map((buffer, binding) => ({ binding, resource: { buffer } }));
      const step = { binding: entries.length, resource: { buffer: words, size: STEP_BYTES } };
      const group = this.#device.gpu.createBindGroup({ layout: this.#device.layout, entries: [...entries, step] });
      return { ...size, state, words, staging, group };
    });
    await done;
    this.#workspace = workspace;
    return workspace;
  }

  #workspaceBuffers(): GPUBuffer[] {
    const { state, words, staging } = this.#workspace ?? {};
    return [state, words, staging].filter((buffer) => buffer !== undefined);
  }

  /** Returns the label of the first kernel of a step whose result for a run is not finite. */
  async #blame(
    entry: PreparedEntry,
    pipelines: ReadonlyMap<string, GPUComputePipeline>,
    step: number,
    run: number,
  ): Promise<string> {
    const { words, group } = await this.#workspaceFor(1, 0);
    this.#device.gpu.queue.writeBuffer(words, 0, this.#wordsOf(entry, step, 1));
    return blame(this.#plan, entry, run, {
      execute: (kernel) => {
        const encoder = this.#device.gpu.createCommandEncoder();
        const pass = encoder.beginComputePass();
        pass.setBindGroup(0, group, [0]);
        dispatch(pass, kernel, pipelines);
        pass.end();
        this.#device.gpu.queue.submit([encoder.finish()]);
      },
      read: this.#reader,
    });
  }

  readonly #reader: ReadSlab = (slab, offset, count) => this.#read(slab, offset, count);

  /** Reads a range of a slab. */
  async #read(slab: number, offset: number, count: number): Promise<ArrayBuffer> {
    if (count === 0) return new ArrayBuffer(0);
    await this.#allocation;
    const bytes = count * ELEMENT_BYTES;
    const staging = this.#buffer(bytes, STAGING);
    try {
      const encoder = this.#device.gpu.createCommandEncoder();
      encoder.copyBufferToBuffer(this.#slabs[slab], offset * ELEMENT_BYTES, staging, 0, bytes);
      this.#device.gpu.queue.submit([encoder.finish()]);
      return await this.#mapped(staging, bytes);
    } finally {
      staging.destroy();
    }
  }

  async #mapped(staging: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    try {
      await this.#device.wait(() => staging.mapAsync(0x01, 0, bytes));
    } catch (error) {
      // Let the handlers of the device run first: they may know the reason.
      await Promise.resolve();
      this.#device.check();
      throw error;
    }
    const values = staging.getMappedRange(0, bytes).slice(0);
    staging.unmap();
    this.#device.check();
    return values;
  }

  async #compile(): Promise<ReadonlyMap<string, GPUComputePipeline>> {
    const codes = new Set(
      this.#entries.flatMap(({ kernels }) => kernels.flatMap(({ dispatches }) => dispatches.map(({ code }) => code))),
    );
    const compiled = async (code: string) => [code, await this.#device.pipeline(code)] as const;
    return new Map(await this.#device.wait(() => Promise.all([...codes].map(compiled))));
  }

  #buffer(bytes: number, usage: number): GPUBuffer {
    return this.#device.gpu.createBuffer({ size: Math.max(16, bytes), usage });
  }

  #check(method: string): void {
    this.#exclusive.check(method);
    this.#device.check();
  }
}

function dispatch(
  pass: GPUComputePassEncoder,
  { dispatches }: PreparedKernel,
  pipelines: ReadonlyMap<string, GPUComputePipeline>,
): void {
  for (const { code, workgroups } of dispatches) {
    pass.setPipeline(pipelines.get(code)!);
    pass.dispatchWorkgroups(...workgroups);
  }
}
