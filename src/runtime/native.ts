// Finds and loads the native addon: the file that INTERLATENT_NATIVE_PATH names, a local build, or the platform's
// package.

import { existsSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';

import { DeviceError } from '../errors/errors.js';
import { provideFileLock } from '../files/file-lock.js';
import type { Addon, BuildInfo } from './addon.js';
import { missingMessage, type Attempt } from './native-missing.js';
import { packageRoot, version } from './package.js';
import { packageFile, platformEngine, platformName, PLATFORMS } from './platform-package.js';

/** Paths of local builds, relative to the package: `npm run build:native`, then `npm run build:gyp`. */
const BUILD_OUTPUTS = ['build/Release/interlatent.node', 'build/gyp/build/Release/interlatent.node'];

interface Loaded {
  readonly addon: Addon;
  readonly path: string;
}

let loaded: Loaded | undefined;
let isMissing = false;

provideFileLock((descriptor) => {
  isMissing ||= nativeProblem() !== undefined;
  return isMissing ? 'unsupported' : native().lockFile(descriptor);
});

/**
 * Returns the native addon; the first call loads it. `INTERLATENT_NATIVE_PATH` names another file to load instead.
 *
 * @throws DeviceError `native-missing` if no file can be loaded. The message lists the attempts, their causes, and
 *   remedies.
 */
export function native(): Addon {
  return loadOnce().addon;
}

/** Returns the file that `native` has loaded. Throws as `native` does. */
export function nativePath(): string {
  return loadOnce().path;
}

/**
 * Returns the build properties of the native library and its instruction set on this computer. Throws as `native` does.
 */
export function buildInfo(): BuildInfo {
  return native().buildInfo;
}

/**
 * Returns why there is no native library, or undefined if there is one. Callers use it to offer fewer features instead
 * of failing.
 */
export function nativeProblem(): DeviceError | undefined {
  try {
    loadOnce();
    return undefined;
  } catch (error) {
    if (error instanceof DeviceError) return error;
    throw error;
  }
}

function loadOnce(): Loaded {
  loaded ??= load();
  return loaded;
}

function load(): Loaded {
  const tried: Attempt[] = [];
  for (const candidate of candidates()) {
    const result = candidate();
    if ('addon' in result) return result;
    tried.push(result);
  }
  throw new DeviceError('native-missing', missingMessage(tried), { tried });
}

/** Returns the candidates in order. A file named by INTERLATENT_NATIVE_PATH is the only one. */
function candidates(): readonly (() => Loaded | Attempt)[] {
  const override = process.env['INTERLATENT_NATIVE_PATH'];
  if (override !== undefined && override !== '') return [() => file(override)];
  return [...BUILD_OUTPUTS.map((path) => () => file(join(packageRoot, path))), installed];
}

function file(path: string): Loaded | Attempt {
  if (!existsSync(path)) return { path, cause: 'there is no such file' };
  return attempt(path, () => module.createRequire(import.meta.url)(path) as unknown);
}

function installed(): Loaded | Attempt {
  const platform = platformName();
  const known = PLATFORMS.find((name) => name === platform);
  const name = `@interlatent/${platform}`;
  if (known === undefined) return { path: name, cause: 'there is no such package' };
  const path = packageFile(`${name}/interlatent.node`);
  if (path === undefined) return { path: name, cause: 'it is not installed' };
  const result = attempt(path, () => platformEngine(known, path));
  if (!('addon' in result) || result.addon.buildInfo.version === version) return result;
  return { path, cause: `it is version ${result.addon.buildInfo.version}, this package is ${version}` };
}

function attempt(path: string, open: () => unknown): Loaded | Attempt {
  try {
    const addon = open() as Partial<Addon>;
    if (addon.buildInfo !== undefined && addon.Program !== undefined) return { addon: addon as Addon, path };
    return { path, cause: 'it is not the native library of interlatent' };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { path, cause: firstLine(error), ...(code !== undefined && { code }) };
  }
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n', 1)[0];
}
