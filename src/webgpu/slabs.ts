// The slabs of a plan on a GPU: their sizes, and whether the GPU can bind them.

import type { DecodedPlan } from '../compile/decode.js';
import { DeviceError } from '../errors/errors.js';
import type { AdapterDescription } from './device.js';

export const ELEMENT_BYTES = 4;
export const DATA_SLAB = 3;
export const CONTROLS_SLAB = 4;
export const BLOCK_SLAB = 6;
const NAMES = ['parameters', 'gradients', 'moments', 'data', 'controls', 'activations', 'block'] as const;

/** Returns the elements per slab. Every block has a separate copy of the last slab. */
export function slabElements({ runs, slabs, entries }: DecodedPlan): number[] {
  const copies = Math.max(1, ...entries.map(({ tiles }) => runs * tiles));
  return slabs.map((size, slab) => (slab === BLOCK_SLAB ? size * copies : size));
}

/**
 * @param tables elements of the data slab after those of the plan
 * @throws DeviceError `out-of-memory`, with the numbers
 */
export function checkSlabs(plan: DecodedPlan, { description, limits }: AdapterDescription, tables = 0): void {
  const max = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
  const mebibytes = (size: number): string => `${Math.ceil(size / 2 ** 20)} MiB`;
  const outputs = plan.entries.map((entry) => entry.outputs.reduce((sum, { count }) => sum + count, 0));
  const needed = slabElements(plan).map((elements, slab): [string, number] => [
    NAMES[slab],
    elements + (slab === DATA_SLAB ? tables : 0),
  ]);
  for (const [what, elements] of [...needed, ['results of a step', Math.max(0, ...outputs)] as const]) {
    const bytes = elements * ELEMENT_BYTES;
    if (bytes <= max) continue;
    throw new DeviceError(
      'out-of-memory',
      `[load] the ${what} of the program take ${mebibytes(bytes)}, and ${description} binds at most ` +
        `${mebibytes(max)}. Smaller batches, fewer runs, or fewer subjects need less; device cpu has no such limit.`,
      { slab: what, bytes, max },
    );
  }
}

/** @throws Error with code `invalid-argument` if a range lies outside its slab */
export function checkRange(
  { slabs }: DecodedPlan,
  operation: string,
  { slab, offset, count }: { readonly slab: number; readonly offset: number; readonly count: number },
): void {
  if (slab < BLOCK_SLAB && offset >= 0 && offset + count <= slabs[slab]) return;
  const message =
    `[${operation}] ${count} elements from ${offset} on lie outside slab ${slab}, which has ` + `${slabs[slab]}`;
  throw Object.assign(new Error(message), { code: 'invalid-argument' });
}

/** Returns JSON about program and device, in the form that all backends use. */
export function describeProgram(plan: DecodedPlan, { description, vendor, architecture }: AdapterDescription): string {
  const sizes = slabElements(plan).map((elements, slab) => [NAMES[slab], elements * ELEMENT_BYTES]);
  const bytes = { ...Object.fromEntries(sizes), scratch: 0, mapped: 0 } as Record<string, number>;
  return JSON.stringify({ backend: 'webgpu', device: description, vendor, architecture, runs: plan.runs, bytes });
}
