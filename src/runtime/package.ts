// Finds the folder and the version of this package. The code may run from a checkout, an installed package, dist/, the
// CommonJS bundle, or a program that was bundled with it and has the package installed next to it.

import { existsSync, readFileSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Defined by scripts/build-bundles.mjs; undefined in src/. */
declare const INTERLATENT_VERSION: string | undefined;

const NAME = '"name": "interlatent"';

/**
 * The folder of this package's package.json. It contains the native library, worker threads, and the report's style.
 */
export const packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

/** True in dist/, the published package; false in src/. */
export const isBundled = typeof INTERLATENT_VERSION !== 'undefined';

/** The version in package.json. */
export const version = typeof INTERLATENT_VERSION === 'undefined' ? readVersion() : INTERLATENT_VERSION;

/** Version of the JavaScript engine. */
export const engine = process.version;

/** False in a bundle that does not find the installed package. `packageRoot` is then the folder of the bundle. */
export function isPackageFound(): boolean {
  return isOurs(packageRoot);
}

/**
 * Returns the nearest parent folder that is this package (dist/ and src/ lie at different depths), or else the
 * installed package.
 */
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

/**
 * Returns the installed package. A bundler may replace the path of the module by one of the build machine, so the
 * folder of the program and the working folder are searched too.
 */
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
