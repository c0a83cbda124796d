// A fit in the page, on its machine's graphics card.

import { InputError } from '../errors.js';
import type { OutOfFoldLatents } from '../inference/out-of-fold.js';
import { fitRun, type TellingOptions } from '../fit-run.js';
import type { FitSettings } from '../training/config.js';
import type { FitProgress } from '../training/stage-runner.js';
import { digestsOf, filesOf, SUMMARY_FILE, summaryText } from '../training/run-files.js';
import type { SavedRun } from '../training/run-folder.js';
import { openedFiles, type FileContent, type Files } from './files.js';
import { studyOfFile } from './study.js';
import { tablesOf } from './tables.js';
import type { WebGpu } from './web-gpu.js';

/** Settings as of `interlatent fit`, and what a page's fit needs. */
export type FitOptions = FitSettings & {
  /** The device to fit on; see `webGpu`. */
  readonly gpu: WebGpu;
  /** The study file: what study.yaml holds, or the same as an object. */
  readonly study: FileContent | Readonly<Record<string, unknown>>;
  /** Cross-fit the model, so that its edges between modalities rest on evidence. Default: `full`. */
  readonly evidence?: 'none' | 'quick' | 'full' | undefined;
  /** Aborting rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told at most once per training step. */
  readonly onProgress?: ((progress: FitProgress) => void) | undefined;
};

/** A fit, and its latents by models that had not seen the subjects. */
export interface FittedFiles extends SavedRun {
  readonly outOfFold: OutOfFoldLatents | undefined;
}

/** @throws as `fit` of src/web/model.ts */
export async function fitFiles(files: Files, { study, gpu, ...options }: FitOptions): Promise<FittedFiles> {
  const tables = tablesOf(openedFiles('fit', files));
  const given = await studyOfFile({ tables }, isContent(study) ? study : JSON.stringify(study));
  if (given.dataset.modalities.some(({ regularArray }) => regularArray !== undefined)) {
    throw new InputError('no-images', 'A page fits tables; images and series are fitted by interlatent fit.');
  }
  const { run, outOfFold } = await fitRun(given, { ...options, device: gpu } as unknown as TellingOptions);
  return { ...run, outOfFold: outOfFold && { ids: given.dataset.ids, latents: outOfFold.latents } };
}

function isContent(study: FitOptions['study']): study is FileContent {
  return (
    typeof study === 'string' || study instanceof Blob || study instanceof ArrayBuffer || study instanceof Uint8Array
  );
}

/** The files of a RUN folder, by name. */
export function savedFiles(run: SavedRun): Record<string, Uint8Array> {
  const files = filesOf(run);
  const summary = new TextEncoder().encode(summaryText(run.summary, digestsOf(files)));
  return Object.fromEntries([...files, [SUMMARY_FILE, summary]]);
}
