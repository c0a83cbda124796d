// What `--refit` needs beside the columns: the study that a RUN was fitted on, and the RUN's latents of it.

import type { Dataset } from '../data/dataset.js';
import { InputError } from '../errors.js';
import type { Refits } from '../evidence/index.js';
import { MultimodalCausalModel } from '../multimodal-causal-model.js';
import { chooseDevice, type DeviceName } from '../runtime/device.js';
import { readStudy } from '../study/study.js';

export interface RefitFlags {
  readonly halfSamples: number;
  readonly refit?: boolean;
  readonly study?: string;
  readonly workers?: number;
  readonly device: DeviceName;
}

/**
 * @param isOfRun whether latents of a RUN take part
 * @throws InputError `invalid-option` where options do not go together
 */
export function checkRefitFlags({ halfSamples, refit, study, workers }: RefitFlags, isOfRun: boolean): void {
  const refuse = (reason: string): InputError => new InputError('invalid-option', reason);
  if (refit !== true) {
    if (study !== undefined) throw refuse('--study is what --refit fits anew; give both, or neither.');
    if (workers !== undefined) throw refuse('--workers share the fits of --refit; --threads share searches.');
    if (isOfRun && halfSamples > 0) {
      throw refuse('--half-samples of a RUN are fitted anew: give --refit as well. Shares of arrowheads need neither.');
    }
    return;
  }
  if (!isOfRun) throw refuse('--refit fits the study of a RUN folder anew; there is none among the arguments.');
  if (halfSamples === 0) throw refuse('--refit fits every half-sample anew: give --half-samples N as well.');
}

/**
 * Returns what is fitted anew.
 * @throws InputError `no-study`; `study-mismatch` where a study is not what the RUN was fitted on; what reading
 *   it throws
 */
export async function readRefits(run: string, { study, workers, device }: RefitFlags): Promise<Refits> {
  const model = await MultimodalCausalModel.load(run, { device });
  try {
    const { studyFile, fingerprint } = model.summary;
    const path = study ?? studyFile;
    if (path === undefined) {
      throw new InputError('no-study', `${run} does not know its study file; give it with --study`, { folder: run });
    }
    const { dataset } = await readStudy(path);
    if (dataset.fingerprint !== fingerprint) {
      throw new InputError(
        'study-mismatch',
        `${path} is not what ${run} was fitted on: give that study with --study, or fit again.`,
        { folder: run, path },
      );
    }
    return { ...(await refitsOf(model, dataset, device)), ...(workers !== undefined && { workers }) };
  } finally {
    await model.dispose();
  }
}

export async function refitsOf(model: MultimodalCausalModel, dataset: Dataset, name: DeviceName): Promise<Refits> {
  const { device } = await chooseDevice(name);
  return { dataset, config: model.summary.config, latents: await model.encode(dataset), device };
}
