// The prebuilt engine as npm installs it: an optional package per platform, told apart by system, libc and processor.

import module from 'node:module';
import { join } from 'node:path';
import { packageRoot } from './package.js';

/** Platforms that have a package `@interlatent/PLATFORM`. */
export const PLATFORMS = [
  'linux-x64',
  'linux-arm64',
  'linuxmusl-x64',
  'linuxmusl-arm64',
  'darwin-x64',
  'darwin-arm64',
  'win32-x64',
] as const;

// @vercel/nft follows the literals below if they are written exactly like this. webpack does not: it would try to parse the
// engine if `createRequire` were imported by name.
const require = module.createRequire(import.meta.url);

/** Of this process, for example `linux-x64`, `linuxmusl-arm64`, `darwin-arm64`. */
export function platformName(): string {
  const libc = process.platform === 'linux' && glibcVersion() === undefined ? 'musl' : '';
  return `${process.platform}${libc}-${process.arch}`;
}

/** The version of the GNU C library that this process runs on, for example `2.41`; undefined on musl, outside Linux. */
export function glibcVersion(): string | undefined {
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  const { excludeNetwork } = report;
  // Or else it asks the network for the names of this process's peers.
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
  report.excludeNetwork = excludeNetwork;
  return header.glibcVersionRuntime;
}

/**
 * Where a file of another package lies, for example `@interlatent/linux-x64/interlatent.node`; undefined where it is
 * not installed.
 */
export function packageFile(name: string): string | undefined {
  // A program that was bundled with us may lie where our packages are not seen from, as pnpm's are.
  for (const from of [require, module.createRequire(join(packageRoot, 'package.json'))]) {
    try {
      return from.resolve(name);
    } catch {
      continue;
    }
  }
  return undefined;
}

/** The engine of a platform's package, which lies at `path`. Throws what `require` throws. */
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
