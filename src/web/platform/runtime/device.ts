// Where a page computes: WebGPU where it is given a device, and the float64 reference elsewhere.

import type { DeviceChoice } from '../../../runtime/device.js';
import type { PageDevice } from '../../web-gpu.js';

export const MATMUL_PRECISIONS = ['float32', 'tf32', 'bfloat16', 'tf32x3'] as const;

/** What the reference computes by; no kernels of its own are asked for. */
export const CPU = {
  backend: 'reference',
  name: 'reference',
  description: 'float64 reference in JavaScript',
  kernels: new Set<string>(),
} as const;

/** As in Node, where the name of a device is asked for: here the device itself is given. */
export function chooseDevice(device: PageDevice): { readonly device: PageDevice; readonly choice: DeviceChoice } {
  const { name, description } = device;
  return { device, choice: { requested: name, name, description, reason: '', matmulPrecision: 'float32' } };
}

/** What a backend of a page computes. */
export function matmulPrecisionOf(): 'float32' {
  return 'float32';
}

/** A page has one device. */
export function groupsOf(device: PageDevice | typeof CPU = CPU): readonly (readonly (PageDevice | typeof CPU)[])[] {
  return [[device]];
}

/** Which nobody trains together with. */
export function dataParallelOf(): undefined {
  return undefined;
}
