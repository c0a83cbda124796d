// Finds and loads the native addon, from a checkout, an installed package, dist/ or the CommonJS bundle.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { DeviceError } from '../errors.js';
import type { Addon, BuildInfo } from './addon.js';
import { packageRoot } from './package.js';

/** Where the builds leave the addon, relative to the package: `npm run build:native`, then `npm run build:gyp`. */
const BUILD_OUTPUTS = ['build/Release/interlatent.node', 'build/gyp/build/Release/interlatent.node'];

let loaded: { readonly addon: Addon; readonly path: string } | undefined;

/**
 * The native addon, loaded on the first call. `INTERLATENT_NATIVE_PATH` names another file to load instead.
 *
 * @throws DeviceError `native-missing` when no file can be loaded: it lists what was tried, why each failed, what to
 * do.
 */
export function native(): Addon {
  return found().addon;
}

/** The file that `native` has loaded. Throws as `native` does. */
export function nativePath(): string {
  return found().path;
}

/** What the native library was built with and chose on this machine. Throws as `native` does. */
export function buildInfo(): BuildInfo {
  return native().buildInfo;
}

function found(): NonNullable<typeof loaded> {
  loaded ??= load(candidates());
  return loaded;
}

function candidates(): string[] {
  const override = process.env['INTERLATENT_NATIVE_PATH'];
  if (override !== undefined && override !== '') return [override];
  return BUILD_OUTPUTS.map((path) => join(packageRoot, path));
}

function load(paths: readonly string[]): NonNullable<typeof loaded> {
  const require = createRequire(import.meta.url);
  const tried: { path: string; cause: string }[] = [];
  for (const path of paths) {
    if (!existsSync(path)) {
      tried.push({ path, cause: 'there is no such file' });
      continue;
    }
    try {
      const addon = require(path) as Partial<Addon>;
      if (addon.buildInfo !== undefined && addon.Program !== undefined) {
        return { addon: addon as Addon, path };
      }
      tried.push({ path, cause: 'it is not the native library of interlatent' });
    } catch (error) {
      tried.push({ path, cause: firstLine(error) });
    }
  }
  throw new DeviceError('native-missing', missingMessage(tried), { tried });
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n', 1)[0];
}

function missingMessage(tried: readonly { path: string; cause: string }[]): string {
  return [
    'The native library of interlatent could not be loaded. Tried:',
    ...tried.map(({ path, cause }) => `  - ${path}: ${cause}`),
    'What helps:',
    '  1. In a checkout of interlatent: npm run setup',
    '  2. In a project that depends on it: install a C++20 compiler, CMake 3.24 and oneDNN (Debian: libdnnl-dev), then',
    '     npm rebuild interlatent (where npm blocks install scripts: npm approve-scripts interlatent first)',
    '  3. When the cause names a missing library (lib….so), install that library',
    '  4. INTERLATENT_NATIVE_PATH, when set, is the only file tried: correct it or unset it',
  ].join('\n');
}
