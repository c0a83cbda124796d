// Fits wide and small real studies and compares them with linear methods on the same subjects. Each study, number of
// latents and seed has a record.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { makeFolder, writeFileAtomic } from '../../src/files/atomic.js';
import { LINEAR_METHODS } from '../../src/linear/index.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { measuredRows } from '../../src/quality/tables.js';
import type { DeviceName } from '../../src/runtime/device.js';
import { version } from '../../src/runtime/package.js';
import { readStudy, type Study } from '../../src/study/study.js';
import { fitConfig, type FitSettings } from '../../src/training/config.js';
import { dataEnvironment } from './data-folder.js';
import { readOrMakeRecord } from './record-file.js';
import { studyText, type WideStudy } from './wide-studies.js';

const count = z.int().min(0);

const recordSchema = z.object({
  experiment: z.string(),
  /** Seed of the split and of the fit. */
  seed: count,
  /** Numbers of latents and subjects, and all settings of the fit. */
  settings: z.string(),
  /** Fingerprint of the data set, over the splits and all values. */
  fingerprint: z.string(),
  /** Numbers of subjects. R² is over `measured` evenly spaced subjects of the test split. */
  subjects: z.object({ train: count, validation: count, test: count, measured: count }),
  /** R² over all columns of `to` in held-out subjects, predicted from the latents or linear scores of `from`. */
  directions: z.array(
    z.object({
      from: z.string(),
      to: z.string(),
      latents: z.number(),
      linear: z.array(z.object({ method: z.enum(LINEAR_METHODS), heldOut: z.number() })),
    }),
  ),
  /** Time of the fit and of the measurement. */
  seconds: z.number(),
  version: z.string(),
});

export type WideRecord = z.infer<typeof recordSchema>;

export interface WideOptions {
  /** Folder of records and study files. */
  readonly out: string;
  /** Default: 0. */
  readonly firstSeed?: number | undefined;
  /** Number of seeds of each study, from the first on. */
  readonly seeds: number;
  /** Settings of the fits that differ from their defaults. Reported results have none. */
  readonly fit?: FitSettings;
  /** 0 for one thread per core. */
  readonly threads: number;
  readonly device?: DeviceName;
  readonly signal?: AbortSignal;
  /** Called before a study without a record is fitted. */
  readonly onFit?: ((text: string) => void) | undefined;
}

/**
 * Yields the records; every study gets its first seed before any gets its second. `out/studies` receives the study file
 * of each fit.
 *
 * @throws InputError `missing-file`, `too-few-subjects`; `checkpoint-mismatch` or `damaged-file` for a record; what
 *   a fit throws; the signal's reason
 */
export async function* wideRecords(studies: readonly WideStudy[], options: WideOptions): AsyncGenerator<WideRecord> {
  const { out, firstSeed = 0, seeds, fit = {}, signal, onFit } = options;
  for (const folder of ['fits', 'studies']) await makeFolder(join(out, folder));
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    for (const study of studies) {
      signal?.throwIfAborted();
      const { id, title, latents, train, validation } = study;
      const path = join(out, 'fits', `${id}-seed${seed}.json`);
      const settings = JSON.stringify({
        latents,
        train,
        validation,
        fit: fitConfig({ ...fit, seed }, { subjects: train }),
      });
      yield readOrMakeRecord(path, recordSchema, settings, async () => {
        onFit?.(`${title}, ${train} train, ${latents} latents each, seed ${seed}`);
        return { experiment: id, seed, settings, ...(await fitOne(study, seed, options)) };
      });
    }
  }
}

async function fitOne(
  study: WideStudy,
  seed: number,
  { out, fit, threads, device, signal }: WideOptions,
): Promise<Omit<WideRecord, 'experiment' | 'seed' | 'settings'>> {
  const name = `${study.id}-seed${seed}`;
  const read = await splitStudy(study, seed, join(out, 'studies', `${name}.json`));
  const { split, fingerprint } = read.dataset;
  const start = performance.now();
  const folder = join(out, 'checkpoints', name);
  const model = await MultimodalCausalModel.fit(read, {
    ...fit,
    threads,
    device,
    signal,
    folder,
    resume: true,
    evidence: 'none',
  });
  const { modalities } = model.summary.quality;
  await model.dispose();
  await rm(folder, { recursive: true, force: true });
  const names = modalities.map((modality) => modality.name);
  return {
    fingerprint,
    subjects: {
      train: split.train.length,
      validation: split.validation.length,
      test: split.test.length,
      measured: measuredRows(read.dataset).heldOut.length,
    },
    // Standardised columns are not constant, so every share has a value.
    directions: modalities.map(({ name: from, prediction, linear }) => ({
      from,
      to: names.filter((other) => other !== from).join(', '),
      latents: prediction.heldOut!,
      linear: linear.map(({ method, heldOut }) => ({ method, heldOut: heldOut! })),
    })),
    seconds: (performance.now() - start) / 1000,
    version,
  };
}

/** Reads the study, with its file at `path`. All subjects outside the training and validation splits are held out. */
export async function splitStudy(study: WideStudy, seed: number, path: string): Promise<Study> {
  const read = async (test: number): Promise<Study> => {
    await writeFileAtomic(path, await studyText(study, seed, test));
    return readStudy(path, { environment: dataEnvironment() });
  };
  const { inspection } = await read(0);
  return read(inspection.subjects - study.train - study.validation);
}
