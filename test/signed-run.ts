// A RUN whose run.json lists its files as they are now: what someone can make who means to deceive, and what tests need
// who change a file.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes run.json anew, with the digests of the files beside it. */
export function signRun(folder: string): void {
  const path = join(folder, 'run.json');
  const files = readdirSync(folder).filter((name) => name !== 'run.json');
  const summary = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  const digests = digestsOf(Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name))])));
  writeFileSync(path, JSON.stringify({ ...summary, files: digests }));
}

export function digestsOf(files: Readonly<Record<string, Uint8Array | string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]),
  );
}
