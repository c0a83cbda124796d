// Loads Graphviz, which is WebAssembly.

import type { Viz } from '@viz-js/viz';
import { DeviceError } from '../errors/errors.js';

/** Returns Graphviz. @throws DeviceError `no-webassembly` */
export async function graphviz(): Promise<Viz> {
  if (!('WebAssembly' in globalThis)) {
    throw new DeviceError(
      'no-webassembly',
      'Drawing a graph needs WebAssembly (Graphviz), which this Node does not have. Start it without --jitless.',
    );
  }
  const { instance } = await import('@viz-js/viz');
  return instance();
}
