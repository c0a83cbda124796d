// A RUN folder whose run.json lists the digests of its current files. An attacker can create one, and tests that change
// a file need one.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Rewrites run.json with the digests of the files in its folder. */
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
