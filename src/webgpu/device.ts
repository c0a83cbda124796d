// A GPU that programs run on: its limits, pipelines, and errors.

import { DeviceError } from '../errors/errors.js';

/** Properties of an adapter. */
export interface AdapterDescription {
  /** For messages: the description of the device, or its vendor and architecture. */
  readonly description: string;
  readonly vendor: string;
  readonly architecture: string;
  /** True if the adapter computes on the processor. */
  readonly isSoftware: boolean;
  readonly limits: WebGpuLimits;
}

/** Limits that programs depend on. */
export const WEBGPU_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
] as const;

export type WebGpuLimits = Readonly<Record<(typeof WEBGPU_LIMITS)[number], number>>;

/** Maximum number of cached pipelines, which consecutive fits share. One fit has some hundreds. */
const MAX_PIPELINES = 2048;
/** Number of storage buffers: seven slabs and the state. */
const STORAGE_BUFFERS = 8;

/** An adapter, or its properties as another process reported them. */
interface Adapter {
  readonly info: Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'device' | 'description' | 'isFallbackAdapter'>;
  readonly limits: WebGpuLimits;
}

export function describeAdapter({ info, limits }: Adapter): AdapterDescription {
  const { vendor, architecture, device, description } = info;
  return {
    description: description || [vendor, architecture, device].filter((part) => part !== '').join(' ') || 'unknown GPU',
    vendor,
    architecture,
    // The names of known software devices, for implementations that do not set the flag.
    isSoftware:
      info.isFallbackAdapter || /llvmpipe|swiftshader|lavapipe|basic render/i.test(`${description} ${device}`),
    limits: Object.fromEntries(WEBGPU_LIMITS.map((name) => [name, limits[name]])) as WebGpuLimits,
  };
}

/** Returns why an adapter cannot be used, or undefined if it can. */
export function problemOf({ limits }: Pick<AdapterDescription, 'limits'>): string | undefined {
  const { maxStorageBuffersPerShaderStage: max } = limits;
  return max < STORAGE_BUFFERS ? `it binds ${max} storage buffers, ${STORAGE_BUFFERS} are needed` : undefined;
}

/**
 * Calls the GPU and waits for the answer. In a browser it only awaits; in Node it saves processor time, see
 * runtime/webgpu-library.ts.
 */
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
      binding,
      visibility: 4,
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
        `The GPU (${adapter.description}) was lost: ${message || reason}. A fit with a folder continues from its ` +
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

  /** Returns the same device with other properties of the adapter, for tests and measurements. */
  with(adapter: Partial<AdapterDescription>): WebGpuDevice {
    return new WebGpuDevice(this.gpu, { ...this.adapter, ...adapter }, this.wait);
  }

  get isLost(): boolean {
    return this.#problem?.code === 'device-lost';
  }

  /** @throws DeviceError if the device has failed since it was opened */
  check(): void {
    if (this.#problem) throw this.#problem;
  }

  /**
   * Calls `work` and reports its errors on the GPU.
   * @returns `done` rejects with DeviceError `out-of-memory`, `device`; the device remains usable
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
    // The caller that awaits `done` handles the error.
    done.catch(() => undefined);
    return { value, done };
  }

  /** Returns a compiled pipeline. The most recently used ones are cached; programs keep the pipelines that they use. */
  pipeline(code: string): Promise<GPUComputePipeline> {
    const cached = this.#pipelines.get(code);
    this.#pipelines.delete(code);
    const pipeline = cached ?? this.#compile(code);
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
