// Reads what `--refit` needs in addition to columns: the study of a RUN, and the latents of the RUN for it.

import type { Dataset } from '../data/dataset.js';
import { InputError } from '../errors/errors.js';
import type { Refits } from '../evidence/index.js';
import { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import type { DeviceName } from '../runtime/device.js';
import { readStudy } from '../study/study.js';
import { trainingDevice } from '../training/training-device.js';
import { concurrentFits } from './settings.js';

export interface RefitFlags {
  readonly halfSamples: number;
  readonly refit?: boolean;
  readonly study?: string;
  readonly workers?: number;
  readonly threads?: number;
  readonly device: DeviceName;
}

/**
 * Checks that the options are compatible.
 * @param isOfRun true if latents of a RUN are variables
 * @throws InputError `invalid-option`
 */
export function checkRefitFlags({ halfSamples, refit, study, workers }: RefitFlags, isOfRun: boolean): void {
  const refuse = (reason: string): InputError => new InputError('invalid-option', reason);
  if (refit !== true) {
    if (study !== undefined) {
      throw refuse('--study names the study that --refit fits again: use both options, or neither.');
    }
    if (workers !== undefined) {
      throw refuse('--workers share the fits of --refit. Use --threads for a search without refits.');
    }
    if (isOfRun && halfSamples > 0) {
      throw refuse('--half-samples of a RUN need --refit. Shares of arrowheads need neither option.');
    }
    return;
  }
  if (!isOfRun) throw refuse('--refit fits the study of a RUN folder again, but no argument is a RUN folder.');
  if (halfSamples === 0) throw refuse('--refit fits every half-sample again, so it needs --half-samples N.');
}

/**
 * Returns the data set and settings of the refits.
 * @throws InputError `no-study`; `study-mismatch` if the study is not that of the RUN; the errors of reading it
 */
export async function readRefits(run: string, flags: RefitFlags): Promise<Refits> {
  const { study, device } = flags;
  const model = await MultimodalCausalModel.load(run, { device });
  try {
    const { studyFile, fingerprint } = model.summary;
    const path = study ?? studyFile;
    if (path === undefined) {
      throw new InputError('no-study', `${run} does not contain the path of its study file. Name it with --study`, {
        folder: run,
      });
    }
    const { dataset } = await readStudy(path);
    if (dataset.fingerprint !== fingerprint) {
      throw new InputError(
        'study-mismatch',
        `${path} is not the study of ${run}. Name that study with --study, or fit again.`,
        { folder: run, path },
      );
    }
    return await refitsOf(model, dataset, flags);
  } finally {
    await model.dispose();
  }
}

export async function refitsOf(
  model: MultimodalCausalModel,
  dataset: Dataset,
  { device: name, workers, threads, halfSamples }: RefitFlags,
): Promise<Refits> {
  const { device } = await trainingDevice(dataset, name);
  return {
    dataset,
    config: model.summary.config,
    latents: await model.encode(dataset),
    device,
    workers: workers ?? concurrentFits(threads, halfSamples, device),
  };
}
