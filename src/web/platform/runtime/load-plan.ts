// A plan in a page: on WebGPU where a device is given, evaluated by the reference elsewhere.

import { graphOf } from '../compile/index.js';
import { InternalError } from '../../../errors.js';
import type { LoadedPlan } from '../../../compile/backend.js';
import type { ProgramOptions } from '../../../runtime/load-plan.js';
import { ReferenceProgram } from '../../reference-program.js';

/** @throws Error with a `code` (see backend.h) */
export function loadPlan(plan: Uint8Array, _options: ProgramOptions): LoadedPlan {
  const made = graphOf(plan);
  if (!made) throw new InternalError('no-graph', 'a plan without its graph cannot be evaluated; please report this');
  return new ReferenceProgram(made.spec, made.program);
}
