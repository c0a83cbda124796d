// Progress of reading pictures and recordings: a bar on a terminal, nothing elsewhere.

import cliProgress from 'cli-progress';
import type { ReadingProgress } from '../study/study.js';

export interface ReadingPrinter {
  readonly update: (progress: ReadingProgress) => void;
  readonly stop: () => void;
}

/** @param stream left out: nothing is printed */
export function readingProgress(stream: NodeJS.WriteStream | undefined): ReadingPrinter {
  if (!stream?.isTTY) return { update: () => undefined, stop: () => undefined };
  const format = 'reading {modality} {bar} {value}/{total}';
  const bar = new cliProgress.SingleBar({ stream, format, barsize: 24, hideCursor: true, clearOnComplete: true });
  let shown: string | undefined;
  return {
    update: ({ modality, done, total }) => {
      if (shown !== modality) bar.start(total, done, { modality });
      else bar.update(done);
      shown = modality;
    },
    stop: () => {
      bar.stop();
    },
  };
}
