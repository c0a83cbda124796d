// A plan in a page: on WebGPU where a device is given, evaluated by the reference elsewhere.

import type { LoadedPlan } from '../../../compile/backend.js';
import { InternalError } from '../../../errors.js';
import { ReferenceProgram } from '../../reference-program.js';
import type { PageDevice } from '../../web-gpu.js';
import { graphOf } from '../compile/index.js';

export interface ProgramOptions {
  /** Where to compute; left out: by the reference. */
  readonly device?: PageDevice | { readonly backend: 'reference' };
}

/** Nobody asks for them: a page has one device. */
export function localRanks(): never {
  throw new InternalError('one-device', 'a page computes on one device; please report this');
}

/** @throws Error with a `code` (see backend.h) */
export function loadPlan(plan: Uint8Array, { device }: ProgramOptions): LoadedPlan {
  if (device?.backend === 'webgpu') return device.load(plan);
  const made = graphOf(plan);
  if (!made) throw new InternalError('no-graph', 'a plan without its graph cannot be evaluated; please report this');
  return new ReferenceProgram(made.spec, made.program);
}
