// Looks at run.json of RUN folders every few seconds: it is written last, and a look by name sees a folder that was
// moved into the place of another, or a link that now points elsewhere, where the system's own notices would not.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';

interface Watched {
  readonly name: string;
  readonly folder: string;
  /** Of the folder, before it was read. */
  readonly stamp: string | undefined;
}

/**
 * @param watched the models that are in memory now
 * @param seconds between looks
 * @param reload called once for every change; what it rejects with is its own to tell
 * @returns ends the watch
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
      // While a fit writes there is no run.json.
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

/** Differs once another fit stands in the folder; undefined where none does. */
export async function runStamp(folder: string): Promise<string | undefined> {
  try {
    const { mtimeMs, ino, size } = await stat(join(folder, 'run.json'));
    return `${mtimeMs} ${ino} ${size}`;
  } catch {
    return undefined;
  }
}
