// Graphviz, which is WebAssembly.

import type { Viz } from '@viz-js/viz';
import { DeviceError } from '../errors.js';

/** @throws DeviceError `no-webassembly` */
export async function graphviz(): Promise<Viz> {
  if (!('WebAssembly' in globalThis)) {
    throw new DeviceError(
      'no-webassembly',
      'Graphs are drawn by Graphviz in WebAssembly, which this Node does not have: start it without --jitless.',
    );
  }
  const { instance } = await import('@viz-js/viz');
  return instance();
}
