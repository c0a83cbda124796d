// A GPU that programs run on: its limits, its pipelines, and what becomes of it.

import { DeviceError } from '../errors.js';

/** What an adapter says of itself. */
export interface AdapterDescription {
  /** For people: the device's own description, or its maker and architecture. */
  readonly description: string;
  readonly vendor: string;
  readonly architecture: string;
  /** Computes on the processor. */
  readonly isSoftware: boolean;
  readonly limits: WebGpuLimits;
}

/** Of what programs need. */
export const WEBGPU_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
] as const;

export type WebGpuLimits = Readonly<Record<(typeof WEBGPU_LIMITS)[number], number>>;

/** What fits that follow each other share; a fit has some hundreds. */
const MAX_PIPELINES = 2048;
/** Seven slabs and the state. */
const STORAGE_BUFFERS = 8;

/** An adapter, or what another process told of it. */
interface Adapter {
  readonly info: Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'device' | 'description' | 'isFallbackAdapter'>;
  readonly limits: WebGpuLimits;
}

export function describeAdapter({ info, limits }: Adapter): AdapterDescription {
  const { vendor, architecture, device, description } = info;
  return {
    description: description || [vendor, architecture, device].filter((part) => part !== '').join(' ') || 'unknown GPU',
    ...{ vendor, architecture },
    // Names of the known ones, for where the flag is not told.
    isSoftware:
      info.isFallbackAdapter || /llvmpipe|swiftshader|lavapipe|basic render/i.test(`${description} ${device}`),
    limits: Object.fromEntries(WEBGPU_LIMITS.map((name) => [name, limits[name]])) as WebGpuLimits,
  };
}

/** Why an adapter cannot be used; undefined where it can. */
export function problemOf({ limits }: Pick<AdapterDescription, 'limits'>): string | undefined {
  const { maxStorageBuffersPerShaderStage: most } = limits;
  return most < STORAGE_BUFFERS ? `it binds ${most} storage buffers, ${STORAGE_BUFFERS} are needed` : undefined;
}

/** Asks the GPU and waits: itself in a browser; in Node more considerately, see runtime/webgpu/library.ts. */
export type Wait = <T>(ask: () => Promise<T>) => Promise<T>;

export class WebGpuDevice {
  readonly gpu: GPUDevice;
  readonly adapter: AdapterDescription;
  readonly wait: Wait;
  readonly layout: GPUBindGroupLayout;
  readonly #pipelineLayout: GPUPipelineLayout;
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  #problem: DeviceError | undefined;

  private constructor(gpu: GPUDevice, adapter: AdapterDescription, wait: Wait) {
    this.gpu = gpu;
    this.wait = wait;
    this.adapter = adapter;
    const storage = Array.from({ length: STORAGE_BUFFERS }, (_, binding) => ({
      ...{ binding, visibility: 4 },
      buffer: { type: 'storage' as const },
    }));
    const step = {
      binding: STORAGE_BUFFERS,
      visibility: 4,
      buffer: { type: 'uniform', hasDynamicOffset: true },
    } as const;
    this.layout = gpu.createBindGroupLayout({ entries: [...storage, step] });
    this.#pipelineLayout = gpu.createPipelineLayout({ bindGroupLayouts: [this.layout] });
    gpu.addEventListener('uncapturederror', ({ error }) => {
      this.#problem ??= new DeviceError('device', `[webgpu] ${error.message}`);
    });
    void gpu.lost.then(({ reason, message }) => {
      this.#problem = new DeviceError(
        'device-lost',
        `The GPU (${adapter.description}) was lost: ${message || reason}. A fit with a folder goes on from its ` +
          'checkpoint when it is resumed.',
        { reason },
      );
    });
  }

  /** @throws DeviceError `no-webgpu-device` */
  static async open(adapter: GPUAdapter, wait: Wait = (ask) => ask()): Promise<WebGpuDevice> {
    const description = describeAdapter(adapter);
    const problem = problemOf(description);
    if (problem !== undefined) {
      throw new DeviceError('no-webgpu-device', `${description.description} cannot be used: ${problem}.`);
    }
    const gpu = await wait(() => adapter.requestDevice({ requiredLimits: description.limits }));
    return new WebGpuDevice(gpu, description, wait);
  }

  /** The same device, taken for another kind of adapter: for tests and for measuring. */
  with(adapter: Partial<AdapterDescription>): WebGpuDevice {
    return new WebGpuDevice(this.gpu, { ...this.adapter, ...adapter }, this.wait);
  }

  get isLost(): boolean {
    return this.#problem?.code === 'device-lost';
  }

  /** @throws DeviceError what has gone wrong since the device was opened */
  check(): void {
    if (this.#problem) throw this.#problem;
  }

  /**
   * What work asks of the GPU, and whether the GPU could.
   * @returns `done` rejects with DeviceError `out-of-memory`, `device`; the device is none the worse for it
   */
  caught<T>(work: () => T): { readonly value: T; readonly done: Promise<void> } {
    this.gpu.pushErrorScope('validation');
    this.gpu.pushErrorScope('out-of-memory');
    const value = work();
    const answers = this.wait(() => Promise.all([this.gpu.popErrorScope(), this.gpu.popErrorScope()]));
    const done = answers.then(([memory, other]) => {
      if (memory) throw new DeviceError('out-of-memory', `${this.adapter.description} has too little memory free.`);
      if (other) throw new DeviceError('device', `[webgpu] ${other.message}`);
    });
    // Who waits for it hears of it.
    done.catch(() => undefined);
    return { value, done };
  }

  /** Compiled once, as long as it is among the latest; programs keep their own. */
  pipeline(code: string): Promise<GPUComputePipeline> {
    const known = this.#pipelines.get(code);
    this.#pipelines.delete(code);
    const pipeline = known ?? this.#compile(code);
    this.#pipelines.set(code, pipeline);
    if (this.#pipelines.size > MAX_PIPELINES) this.#pipelines.delete(this.#pipelines.keys().next().value!);
    return pipeline;
  }

  #compile(code: string): Promise<GPUComputePipeline> {
    const compute = { module: this.gpu.createShaderModule({ code }), entryPoint: 'main' };
    return this.gpu.createComputePipelineAsync({ layout: this.#pipelineLayout, compute });
  }

  destroy(): void {
    this.gpu.destroy();
  }
}
