// Creates a folder for one test file, which is removed at its end, and takes snapshots of its files.

import { afterAll } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Scratch {
  readonly folder: string;
  /** Returns the path of a file in the folder, and writes the file if there is content. */
  readonly file: (name: string, content?: string | Uint8Array) => string;
  /** Returns names and contents of all files. */
  readonly snapshot: () => Record<string, string>;
}

export function scratch(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), 'interlatent-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder,
    file: (name, content) => {
      const path = join(folder, name);
      if (content !== undefined) {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, content);
      }
      return path;
    },
    snapshot: () =>
      Object.fromEntries(
        readdirSync(folder, { recursive: true })
          .map(String)
          .sort()
          .filter((name) => statSync(join(folder, name)).isFile())
          .map((name) => [name, readFileSync(join(folder, name)).toString('base64')]),
      ),
  };
}
