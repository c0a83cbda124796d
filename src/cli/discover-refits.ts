// What `--bootstrap-fit` needs beside the columns: the study that a RUN was fitted on, and the RUN's latents of it.

import type { Dataset } from '../data/dataset.js';
import { areRepetitions } from '../data/split.js';
import { InputError } from '../errors.js';
import type { Refits } from '../evidence/index.js';
import { MultimodalCausalModel } from '../multimodal-causal-model.js';
import { chooseDevice, type DeviceName } from '../runtime/device.js';
import { readStudy } from '../study/study.js';

export interface RefitFlags {
  readonly bootstrap: number;
  readonly bootstrapFit?: boolean;
  readonly inSample: boolean;
  readonly study?: string;
  readonly workers?: number;
  readonly device: DeviceName;
}

/** @throws InputError `invalid-option` where the options do not go together */
export function checkRefitFlags(flags: RefitFlags): void {
  if (flags.bootstrapFit !== true) {
    if (flags.study !== undefined) {
      throw new InputError('invalid-option', '--study is what --bootstrap-fit fits anew; give both, or neither.');
    }
    if (flags.workers === undefined) return;
    throw new InputError(
      'invalid-option',
      '--workers share the fits of --bootstrap-fit out; --threads share searches.',
    );
  }
  const reason =
    flags.bootstrap === 0
      ? 'fits anew in every resample: give --bootstrap N as well.'
      : flags.inSample
        ? 'makes cross-fitted latents, --in-sample takes others; leave one of them out.'
        : undefined;
  if (reason !== undefined) throw new InputError('invalid-option', `--bootstrap-fit ${reason}`);
}

/**
 * What is fitted anew: undefined without `--bootstrap-fit`.
 * @param runs RUN folders of the columns
 * @throws InputError `invalid-option` unless there is one RUN, of subjects; `no-study`; `study-mismatch` where a study
 *   is not what the RUN was fitted on; what reading it throws
 */
export async function readRefits(
  runs: readonly string[],
  { bootstrapFit, study, workers, device }: RefitFlags,
): Promise<Refits | undefined> {
  if (bootstrapFit !== true) return undefined;
  if (runs.length !== 1) {
    const given = runs.length === 0 ? 'there is none' : `there are ${runs.length}`;
    throw new InputError('invalid-option', `--bootstrap-fit fits the study of one RUN folder anew; ${given}.`);
  }
  const [run] = runs;
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
    checkRefittable(dataset);
    return { ...(await refitsOf(model, dataset, device)), ...(workers !== undefined && { workers }) };
  } finally {
    await model.dispose();
  }
}

/** @throws InputError `invalid-option` where what counts as one are groups, which cannot be drawn and fitted as rows */
export function checkRefittable({ groups }: Pick<Dataset, 'groups'>): void {
  if (!areRepetitions(groups)) return;
  throw new InputError(
    'invalid-option',
    'a fit of every resample (--bootstrap-fit, discovery.bootstrapFit) draws subjects; rows here are repetitions ' +
      'of a few groups, which discovery counts once each. Leave it out: --bootstrap draws groups.',
  );
}

export async function refitsOf(model: MultimodalCausalModel, dataset: Dataset, name: DeviceName): Promise<Refits> {
  const { device } = await chooseDevice(name);
  return { dataset, config: model.summary.config, latents: await model.encode(dataset), device };
}
