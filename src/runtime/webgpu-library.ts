// Dawn, the WebGPU implementation for Node, from the optional peer dependency `webgpu`.

import module from 'node:module';
import { pathToFileURL } from 'node:url';
import type * as Dawn from 'webgpu';
import { runCall, ENDING, endingFlags } from './webgpu-ending.js';
import { describeAdapter, type AdapterDescription, type Wait } from '../webgpu/device.js';

const require = module.createRequire(import.meta.url);

/** Returns the file of the package `webgpu`, or undefined if it is not installed. */
export function webGpuLibrary(): string | undefined {
  try {
    return require.resolve('webgpu');
  } catch {
    return undefined;
  }
}

/** References that are never released: the process would crash if a GPU object were garbage-collected. */
const gpus: GPU[] = [];

/** Opens Dawn in this thread. Dawn polls its event loop while it waits. */
export async function openWebGpu(library: string): Promise<GPU> {
  const { create, globals } = (await import(pathToFileURL(library).href)) as typeof Dawn;
  const gpu = create([]);
  Object.assign(globalThis, globals);
  gpus.push(gpu);
  return gpu;
}

/**
 * Maximum pause between two polls of Dawn in milliseconds, and the maximum pause as a share of the time waited so far.
 */
const MAX_PAUSE_MS = 2;
const PAUSE_SHARE = 0.05;

/**
 * Returns a function that waits for a promise of Dawn. Dawn polls for the answer in every turn of the event loop, which
 * would occupy a core. So the thread sleeps for a moment in every turn.
 */
export function pausingWait(): Wait {
  const flags = endingFlags();
  return async (ask) => {
    const started = performance.now();
    let isWaiting = true;
    const pause = (): void => {
      if (!isWaiting) return;
      Atomics.wait(flags, ENDING.isEnding, 0, Math.min(MAX_PAUSE_MS, PAUSE_SHARE * (performance.now() - started)));
      setImmediate(pause);
    };
    setImmediate(pause);
    try {
      return await runCall(ask);
    } finally {
      isWaiting = false;
    }
  };
}

/** Adapter requests in the order of preference. */
export const PREFERENCES: readonly GPURequestAdapterOptions[] = [
  { powerPreference: 'high-performance' },
  { powerPreference: 'low-power' },
  { forceFallbackAdapter: true },
];

/** Returns every adapter once; those that compute on the processor come last. */
export function distinctAdapters(adapters: readonly AdapterDescription[]): AdapterDescription[] {
  const byName = new Map(adapters.map((adapter) => [adapter.description, adapter]));
  return [...byName.values()].sort((a, b) => Number(a.isSoftware) - Number(b.isSoftware));
}

/** Returns the adapter with this description, or undefined if it is no longer available. */
export async function adapterNamed(gpu: GPU, description: string, wait: Wait): Promise<GPUAdapter | undefined> {
  for (const preference of PREFERENCES) {
    const adapter = await wait(() => gpu.requestAdapter(preference));
    if (adapter !== null && describeAdapter(adapter).description === description) return adapter;
  }
  return undefined;
}
