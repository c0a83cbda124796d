// Reads a study with a progress bar on a terminal.

import cliProgress from 'cli-progress';
import { readStudy, type ReadStudyOptions, type Study } from '../study/study.js';

export interface ReadWithProgressOptions extends Omit<ReadStudyOptions, 'onProgress'> {
  /** True for no bar. */
  readonly quiet: boolean | undefined;
}

/** Does the same as `readStudy`. */
export async function readWithProgress(path: string, { quiet, ...options }: ReadWithProgressOptions): Promise<Study> {
  return withReadingBar(quiet, (onProgress) => readStudy(path, { ...options, ...(onProgress && { onProgress }) }));
}

/** Runs `work` with a progress bar. @param work receives the function that draws the bar, or undefined for no bar */
export async function withReadingBar<Result>(
  quiet: boolean | undefined,
  work: (onProgress: ReadStudyOptions['onProgress']) => Promise<Result>,
): Promise<Result> {
  const stream = process.stderr;
  if (quiet || !stream.isTTY) return work(undefined);
  const format = '{step} {modality} {bar} {value}/{total}';
  const bar = new cliProgress.SingleBar({ stream, format, barsize: 24, hideCursor: true, clearOnComplete: true });
  let shown: string | undefined;
  try {
    return await work(({ modality, step, done, total }) => {
      const key = `${step} ${modality}`;
      if (shown === key) bar.update(done);
      else bar.start(total, done, { modality, step: step === 'files' ? 'reading' : 'standardising' });
      shown = key;
    });
  } finally {
    bar.stop();
  }
}
