// Which NVIDIA driver a CUDA library needs, and which one this computer has.

import { readFileSync } from 'node:fs';

/** First driver for Linux of each major CUDA version (NVIDIA, "CUDA Toolkit Release Notes", table of drivers). */
const FIRST_DRIVERS: Readonly<Record<number, string>> = { 11: '450.80.02', 12: '525.60.13', 13: '580.65.06' };

/** The oldest driver that runs a library. */
export interface NeededDriver {
  /** CUDA version that the driver must support, for example 12.0. */
  readonly cuda: string;
  /** Release of the driver, for example 525.60.13; undefined if it is not known. */
  readonly release: string | undefined;
}

/**
 * Returns the oldest driver for a library. A driver runs programs of every toolkit with its major version or an older
 * one (NVIDIA, "CUDA Compatibility", minor version compatibility).
 * @param runtime version of the toolkit, for example 12.4
 */
export function neededDriver(runtime: string): NeededDriver {
  const major = Number.parseInt(runtime, 10);
  return { cuda: `${major}.0`, release: FIRST_DRIVERS[major] };
}

/**
 * Returns why a driver cannot run a library, or undefined if it can.
 * @param driver newest CUDA version that the driver supports, for example 11.4
 */
export function driverProblem(runtime: string, driver: string, release = driverRelease()): string | undefined {
  const needed = neededDriver(runtime);
  if (Number.parseInt(driver, 10) >= Number.parseInt(needed.cuda, 10)) return undefined;
  const present = release === undefined ? 'the NVIDIA driver' : `NVIDIA driver ${release}`;
  const wanted = needed.release === undefined ? `CUDA ${needed.cuda}` : `driver ${needed.release} or later`;
  const library = `the CUDA library was built with CUDA ${runtime} and needs ${wanted}`;
  return `${present} supports CUDA up to ${driver}; ${library}`;
}

/** Returns the release of the loaded driver, for example 535.183.01; undefined if the system does not show it. */
export function driverRelease(path = '/proc/driver/nvidia/version'): string | undefined {
  try {
    return /^NVRM version:.*?\s(\d{3,}\.\d+(?:\.\d+)?)\s/m.exec(readFileSync(path, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
