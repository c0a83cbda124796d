// Dawn, the WebGPU of Node, from the optional peer `webgpu`.

import module from 'node:module';
import { pathToFileURL } from 'node:url';
import type * as Dawn from 'webgpu';
import { asking, ENDING, endingFlags } from './ending.js';
import { describeAdapter, type AdapterDescription, type Wait } from '../../webgpu/device.js';

const require = module.createRequire(import.meta.url);

/** The peer's file; undefined where it is not installed. */
export function webGpuLibrary(): string | undefined {
  try {
    return require.resolve('webgpu');
  } catch {
    return undefined;
  }
}

/** For good: if one were collected, the process would die. */
const kept: GPU[] = [];

/** Opens Dawn in this thread, whose event loop it asks over and over while it waits. */
export async function openWebGpu(library: string): Promise<GPU> {
  const { create, globals } = (await import(pathToFileURL(library).href)) as typeof Dawn;
  const gpu = create([]);
  Object.assign(globalThis, globals);
  kept.push(gpu);
  return gpu;
}

/** Milliseconds between two of Dawn's questions, at most; and which share of the time that it has waited already. */
const LONGEST_NAP = 2;
const NAP_SHARE = 0.05;

/**
 * Waits for promises of Dawn's, whose answer it looks for in every turn of the event loop, without a pause: a core's
 * whole time. So this thread sleeps for a moment in every turn.
 */
export function dozing(): Wait {
  const flags = endingFlags();
  return async (ask) => {
    const started = performance.now();
    let isWaiting = true;
    const nap = (): void => {
      if (!isWaiting) return;
      Atomics.wait(flags, ENDING.isEnding, 0, Math.min(LONGEST_NAP, NAP_SHARE * (performance.now() - started)));
      setImmediate(nap);
    };
    setImmediate(nap);
    try {
      return await asking(ask);
    } finally {
      isWaiting = false;
    }
  };
}

/** What is asked for, in the order of preference. */
export const PREFERENCES: readonly GPURequestAdapterOptions[] = [
  { powerPreference: 'high-performance' },
  { powerPreference: 'low-power' },
  { forceFallbackAdapter: true },
];

/** Every adapter once, those that compute on the processor last. */
export function distinctAdapters(adapters: readonly AdapterDescription[]): AdapterDescription[] {
  const byName = new Map(adapters.map((adapter) => [adapter.description, adapter]));
  return [...byName.values()].sort((a, b) => Number(a.isSoftware) - Number(b.isSoftware));
}

export async function adapterNamed(gpu: GPU, description: string, wait: Wait): Promise<GPUAdapter | undefined> {
  for (const preference of PREFERENCES) {
    const adapter = await wait(() => gpu.requestAdapter(preference));
    if (adapter !== null && describeAdapter(adapter).description === description) return adapter;
  }
  return undefined;
}
