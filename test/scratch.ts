// A folder for one test file that is removed at its end, and a snapshot of what a call left behind.

import { afterAll } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Scratch {
  readonly folder: string;
  /** The path of a file in the folder, written first when content is given. */
  readonly file: (name: string, content?: string | Uint8Array) => string;
  /** Names and contents of all files, to compare before and after. */
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
