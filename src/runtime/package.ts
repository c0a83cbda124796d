// Where this package lies and which version it is, from a checkout, an installed package, dist/ or the CommonJS bundle.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NAME = '"name": "interlatent"';

/** The nearest folder upwards that holds our package.json: dist/ and src/ lie at different depths. */
export const packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

/** The version in package.json. */
export const version = readVersion();

function findRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && readFileSync(manifest, 'utf8').includes(NAME)) return folder;
    if (dirname(folder) === folder) return start;
  }
}

function readVersion(): string {
  const manifest = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}
