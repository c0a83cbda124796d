// Dawn, the WebGPU of Node, from the optional peer `webgpu`.

import { createRequire } from 'node:module';
import { describeAdapter, type AdapterDescription } from '../../webgpu/device.js';

const require = createRequire(import.meta.url);

/** The peer's file; undefined where it is not installed. */
export function webGpuLibrary(): string | undefined {
  try {
    return require.resolve('webgpu');
  } catch {
    return undefined;
  }
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

export async function adapterNamed(gpu: GPU, description: string): Promise<GPUAdapter | undefined> {
  for (const preference of PREFERENCES) {
    const adapter = await gpu.requestAdapter(preference);
    if (adapter !== null && describeAdapter(adapter).description === description) return adapter;
  }
  return undefined;
}
