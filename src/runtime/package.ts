// Where this package lies and which version it is: from a checkout, an installed package, dist/, the CommonJS bundle,
// or a program that was bundled with it, whose package is installed beside it.

import { existsSync, readFileSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Put in by scripts/build-bundles.mjs; src/ knows nothing of it. */
declare const INTERLATENT_VERSION: string | undefined;

const NAME = '"name": "interlatent"';

/** The folder of our package.json: native library, worker threads and the report's style lie under it. */
export const packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Whether this is dist/, the package as it is shipped, and not src/. */
export const isBundled = typeof INTERLATENT_VERSION !== 'undefined';

/** The version in package.json. */
export const version = typeof INTERLATENT_VERSION === 'undefined' ? readVersion() : INTERLATENT_VERSION;

/** What our JavaScript runs in. */
export const engine = process.version;

/** False in a bundle that sees no package of ours: then `packageRoot` is the folder of the bundle. */
export function isPackageFound(): boolean {
  return isOurs(packageRoot);
}

/** The nearest folder upwards that is ours (dist/ and src/ lie at different depths), or else the installed package. */
function findRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (isOurs(folder)) return folder;
    if (dirname(folder) === folder) return firstInstalled(start) ?? start;
  }
}

function isOurs(folder: string): boolean {
  const manifest = join(folder, 'package.json');
  return existsSync(manifest) && readFileSync(manifest, 'utf8').includes(NAME);
}

/** A bundler may write the path of the machine that built the bundle into it: then the program's folders are asked. */
function firstInstalled(start: string): string | undefined {
  const program = process.argv.at(1);
  const folders = [start, ...(program === undefined ? [] : [dirname(program)]), process.cwd()];
  return folders.map(installed).find((folder) => folder !== undefined);
}

function installed(start: string): string | undefined {
  try {
    return dirname(module.createRequire(join(start, 'package.json')).resolve('interlatent/package.json'));
  } catch {
    return undefined;
  }
}

function readVersion(): string {
  const manifest = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}
