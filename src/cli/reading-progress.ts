// Reading a study with a bar for its images and recordings, on a terminal.

import cliProgress from 'cli-progress';
import { readStudy, type ReadStudyOptions, type Study } from '../study/study.js';

export interface ReadWithProgressOptions extends Omit<ReadStudyOptions, 'onProgress'> {
  /** No bar. */
  readonly quiet: boolean | undefined;
}

/** As `readStudy`. */
export async function readWithProgress(path: string, { quiet, ...options }: ReadWithProgressOptions): Promise<Study> {
  return withReadingBar(quiet, (onProgress) => readStudy(path, { ...options, ...(onProgress && { onProgress }) }));
}

/** @param work is given what draws the bar; nothing where there is none */
export async function withReadingBar<Result>(
  quiet: boolean | undefined,
  work: (onProgress: ReadStudyOptions['onProgress']) => Promise<Result>,
): Promise<Result> {
  const stream = process.stderr;
  if (quiet || !stream.isTTY) return work(undefined);
  const format = 'reading {modality} {bar} {value}/{total}';
  const bar = new cliProgress.SingleBar({ stream, format, barsize: 24, hideCursor: true, clearOnComplete: true });
  let shown: string | undefined;
  try {
    return await work(({ modality, done, total }) => {
      if (shown === modality) bar.update(done);
      else bar.start(total, done, { modality });
      shown = modality;
    });
  } finally {
    bar.stop();
  }
}
