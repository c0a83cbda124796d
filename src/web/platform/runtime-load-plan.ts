// Loads a plan in a page: on WebGPU if there is a device, otherwise for evaluation by the reference.

import type { LoadedPlan } from '../../compile/backend.js';
import { InternalError } from '../../errors/errors.js';
import { ReferenceProgram } from '../reference-program.js';
import type { PageDevice } from '../web-gpu.js';
import { graphOf } from './compile-index.js';

export interface ProgramOptions {
  /** Device of the program. Default: the reference. */
  readonly device?: PageDevice | { readonly backend: 'reference' };
}

/** Loads a plan. @throws Error with a `code` (see backend.h) */
export function loadPlan(plan: Uint8Array, { device }: ProgramOptions): LoadedPlan {
  if (device?.backend === 'webgpu') return device.load(plan);
  const source = graphOf(plan);
  if (!source) throw new InternalError('no-graph', 'a plan without its graph cannot be evaluated. Please report this');
  return new ReferenceProgram(source.spec, source.program);
}
