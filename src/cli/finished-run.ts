// The RUN that a fit has come to, shown as what was asked for only if it is that.

import { InputError } from '../errors.js';
import { MultimodalCausalModel } from '../multimodal-causal-model.js';
import type { Study } from '../study/study.js';
import { configOf, gpusTogether, type FitFlags } from './fit-options.js';

/** @throws InputError `checkpoint-mismatch` where it is of another study or other options */
export async function reload(study: Study, flags: FitFlags & { readonly out: string }): Promise<MultimodalCausalModel> {
  const model = await MultimodalCausalModel.load(flags.out);
  const config = configOf(study, flags);
  const { summary } = model;
  const same =
    summary.fingerprint === study.dataset.fingerprint &&
    JSON.stringify(summary.config) === JSON.stringify(config) &&
    summary.device.matmulPrecision === flags.matmulPrecision &&
    (summary.device.dataParallel === undefined) === (gpusTogether(flags) === undefined);
  if (!same) {
    throw new InputError(
      'checkpoint-mismatch',
      `${flags.out} is a finished run of other data or options. ` +
        'Choose another --out, or give the same study and options.',
      { folder: flags.out },
    );
  }
  return model;
}
