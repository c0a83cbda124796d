// The prebuilt engine: an optional npm package per platform, which is identified by system, libc and processor.

import module from 'node:module';
import { join } from 'node:path';
import { packageRoot } from './package.js';

/** Platforms with a package `@interlatent/PLATFORM`. */
export const PLATFORMS = [
  'linux-x64',
  'linux-arm64',
  'linuxmusl-x64',
  'linuxmusl-arm64',
  'darwin-x64',
  'darwin-arm64',
  'win32-x64',
] as const;

// @vercel/nft follows the literals below only in this form. webpack must not follow them: it would try to parse the
// engine if `createRequire` were imported by name.
const require = module.createRequire(import.meta.url);

/** Returns the platform of this process, for example `linux-x64`, `linuxmusl-arm64`, `darwin-arm64`. */
export function platformName(): string {
  const libc = process.platform === 'linux' && glibcVersion() === undefined ? 'musl' : '';
  return `${process.platform}${libc}-${process.arch}`;
}

/** Returns the version of the GNU C library, for example `2.41`; undefined on musl and outside Linux. */
export function glibcVersion(): string | undefined {
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  const { excludeNetwork } = report;
  // Otherwise the report resolves the names of this process's network peers.
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
  report.excludeNetwork = excludeNetwork;
  return header.glibcVersionRuntime;
}

/**
 * Returns the path of a file of another package, for example `@interlatent/linux-x64/interlatent.node`, or undefined if
 * it is not installed.
 */
export function packageFile(name: string): string | undefined {
  // A bundled program may lie in a folder from which our dependencies cannot be resolved, for example with pnpm.
  for (const from of [require, module.createRequire(join(packageRoot, 'package.json'))]) {
    try {
      return from.resolve(name);
    } catch {
      continue;
    }
  }
  return undefined;
}

/** Returns the engine of a platform's package, which lies at `path`. Throws as `require` does. */
export function platformEngine(platform: (typeof PLATFORMS)[number], path: string): unknown {
  try {
    switch (platform) {
      case 'linux-x64':
        return require('@interlatent/linux-x64/interlatent.node') as unknown;
      case 'linux-arm64':
        return require('@interlatent/linux-arm64/interlatent.node') as unknown;
      case 'linuxmusl-x64':
        return require('@interlatent/linuxmusl-x64/interlatent.node') as unknown;
      case 'linuxmusl-arm64':
        return require('@interlatent/linuxmusl-arm64/interlatent.node') as unknown;
      case 'darwin-x64':
        return require('@interlatent/darwin-x64/interlatent.node') as unknown;
      case 'darwin-arm64':
        return require('@interlatent/darwin-arm64/interlatent.node') as unknown;
      case 'win32-x64':
        return require('@interlatent/win32-x64/interlatent.node') as unknown;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    return require(path) as unknown;
  }
}
