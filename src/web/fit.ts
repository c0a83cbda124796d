// Fits a model in the page, on the GPU of the host.

import { ARRAY_PLURALS } from '../data/regular-array.js';
import { InputError } from '../errors/errors.js';
import type { OutOfFoldLatents } from '../inference/model-latents.js';
import { fitRun } from '../fit/fit-run.js';
import type { DeviceName } from '../runtime/device.js';
import type { FitSettings } from '../training/config.js';
import type { FitProgress } from '../training/stage-runner.js';
import { digestsOf, filesOf, SUMMARY_FILE, summaryText } from '../training/run-files.js';
import type { SavedRun } from '../training/run-folder.js';
import { openedFiles, type FileContent, type Files } from './files.js';
import { studyOfFile } from './study.js';
import { tablesOf } from './tables.js';
import type { WebGpu } from './web-gpu.js';

/** Settings as in `interlatent fit`, and the options of a fit in a page. */
export type FitOptions = FitSettings & {
  /** The device for the fit; see `webGpu`. */
  readonly gpu: WebGpu;
  /** The study file: the content of study.yaml, or the same as an object. */
  readonly study: FileContent | Readonly<Record<string, unknown>>;
  /** Cross-fit the model to test its edges between modalities on held-out subjects. Default: `full`. */
  readonly evidence?: 'none' | 'quick' | 'full' | undefined;
  /** Aborting rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Receives the progress, at most once per training step. */
  readonly onProgress?: ((progress: FitProgress) => void) | undefined;
};

/** A fit and its out-of-fold latents. */
export interface FittedFiles extends SavedRun {
  readonly outOfFold: OutOfFoldLatents | undefined;
}

/** Fits a model to files. @throws as `fit` of src/web/model.ts */
export async function fitFiles(files: Files, { study, gpu, ...options }: FitOptions): Promise<FittedFiles> {
  const tables = tablesOf(openedFiles('fit', files));
  const fitted = await studyOfFile({ tables }, isContent(study) ? study : JSON.stringify(study));
  if (fitted.dataset.modalities.some(({ regularArray }) => regularArray !== undefined)) {
    throw new InputError('no-images', `A page can fit only tables. Use interlatent fit for ${ARRAY_PLURALS}.`);
  }
  const { run, outOfFold } = await fitRun(fitted, { ...options, device: gpu as (WebGpu & DeviceName) | undefined });
  return { ...run, outOfFold: outOfFold && { ids: fitted.dataset.ids, latents: outOfFold.latents } };
}

function isContent(study: FitOptions['study']): study is FileContent {
  return (
    typeof study === 'string' || study instanceof Blob || study instanceof ArrayBuffer || study instanceof Uint8Array
  );
}

/** Returns the files of a RUN folder by name. */
export function savedFiles(run: SavedRun): Record<string, Uint8Array> {
  const files = filesOf(run);
  const summary = new TextEncoder().encode(summaryText(run.summary, digestsOf(files)));
  return Object.fromEntries([...files, [SUMMARY_FILE, summary]]);
}
