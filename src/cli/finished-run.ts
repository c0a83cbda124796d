// Loads the finished RUN of a fit, and checks that it has the requested study and options.

import { InputError } from '../errors/errors.js';
import { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import type { Study } from '../study/study.js';
import { configOf, type FitFlags } from './fit-options.js';

/** Loads a RUN. @throws InputError `checkpoint-mismatch` if it has another study or other options */
export async function reload(study: Study, flags: FitFlags & { readonly out: string }): Promise<MultimodalCausalModel> {
  const model = await MultimodalCausalModel.load(flags.out);
  const config = configOf(study, flags);
  const { summary } = model;
  const same =
    summary.fingerprint === study.dataset.fingerprint &&
    JSON.stringify(summary.config) === JSON.stringify(config) &&
    (flags.matmulPrecision
      ? summary.device.matmulPrecision === flags.matmulPrecision
      : ['float32', 'tf32-convolutions'].includes(summary.device.matmulPrecision));
  if (!same) {
    throw new InputError(
      'checkpoint-mismatch',
      `${flags.out} is a finished fit of other data or options. ` +
        'Choose another --out, or give the same study and options.',
      { folder: flags.out },
    );
  }
  return model;
}
