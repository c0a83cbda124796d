// Checks run.json of RUN folders every few seconds. A fit writes run.json last. Checking by path also detects a folder
// that was replaced by another one, and a link with a new target, which the notifications of the system would miss.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';

interface Watched {
  readonly name: string;
  readonly folder: string;
  /** Stamp of the folder before it was read. */
  readonly stamp: string | undefined;
}

/**
 * Watches the folders of models.
 * @param watched returns the loaded models
 * @param seconds time between two checks
 * @param reload called once for every change; it must report its errors itself
 * @returns a function that ends the watch
 */
export function watchRuns(
  watched: () => readonly Watched[],
  seconds: number,
  reload: (name: string) => Promise<unknown>,
): () => void {
  const tried = new Map<string, string>();
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    for (const { name, folder, stamp } of watched()) {
      const seen = await runStamp(folder);
      // There is no run.json while a fit writes.
      if (seen === undefined || seen === stamp || seen === tried.get(name)) continue;
      tried.set(name, seen);
      await reload(name).catch(() => undefined);
    }
    isLooking = false;
  };
  const timer = setInterval(() => void look(), 1000 * seconds);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

/** Returns a text that changes when the folder contains another fit. Returns undefined if it contains none. */
export async function runStamp(folder: string): Promise<string | undefined> {
  try {
    const { mtimeMs, ino, size } = await stat(join(folder, 'run.json'));
    return `${mtimeMs} ${ino} ${size}`;
  } catch {
    return undefined;
  }
}
