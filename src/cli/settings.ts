// Options of several commands, and their checks.

import { availableParallelism } from 'node:os';
import { Option } from 'commander';
import { InputError } from '../errors/errors.js';
import { DEVICE_NAMES, isDeviceName, MATMUL_PRECISIONS, type Device, type DeviceName } from '../runtime/device.js';

/** Maximum number of threads of a program. */
export const MAX_THREADS = 1024;

/** Returns a parser of whole numbers in [min, max]. Everything else is a mistake of the user. */
export function wholeNumber(flag: string, min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < min || value > max) {
      throw new InputError('invalid-option', `${flag} takes a whole number ${range}, got "${text}".`);
    }
    return value;
  };
}

/** Returns a parser of numbers in [min, max]. */
export function numberBetween(flag: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= min && value <= max)) {
      throw new InputError('invalid-option', `${flag} takes a number from ${min} to ${max}, got "${text}".`);
    }
    return value;
  };
}

/** Returns a parser of numbers above 0. */
export function positive(flag: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value > 0 && Number.isFinite(value))) {
      throw new InputError('invalid-option', `${flag} takes a number above 0, got "${text}".`);
    }
    return value;
  };
}

export function jsonOption(): Option {
  return new Option('--json', 'Print JSON and nothing else.');
}

/** Returns the option `--device`. The device itself is checked later, before any computation. */
export function deviceOption(purpose = 'Compute on'): Option {
  return new Option(
    '--device <device>',
    `${purpose} cpu, cuda (the first GPU), cuda:N, or auto (cuda if it can be used).`,
  )
    .default('cpu' satisfies DeviceName)
    .argParser((text) => {
      if (isDeviceName(text)) return text;
      throw new InputError('invalid-option', `--device takes ${DEVICE_NAMES}, got "${text}".`);
    });
}

/** Returns the option `--matmul-precision`: the format of the factors of matrix products on a GPU. */
export function matmulPrecisionOption(): Option {
  return new Option(
    '--matmul-precision <precision>',
    'Format that a GPU rounds the factors of matrix products and convolutions to (tf32-convolutions: only those of ' +
      'convolutions). Sums are float32; the CPU computes in float32.',
  ).choices(MATMUL_PRECISIONS);
}

/** Returns the option `--matmul-precision` of commands that train. */
export function trainingPrecisionOption(): Option {
  return matmulPrecisionOption().default(undefined, 'float32; CUDA with convolutional networks: tf32-convolutions');
}

/** Returns the option `--threads`. 0 stands for all cores. */
export function threadsOption(): Option {
  return new Option('--threads <n>', 'Number of threads.')
    .argParser(wholeNumber('--threads', 1, MAX_THREADS))
    .default(0, 'all cores');
}

/** Maximum number of concurrent fits by default. Each has a thread with a copy of the data set. */
const MAX_FITS = 8;
/** Default of `--workers`. */
export const CONCURRENT_FITS = `one per thread, at most ${MAX_FITS}`;

/**
 * Returns the default number of concurrent fits: one per thread of the CPU, because a small fit gains little from a
 * second thread.
 * @param threads 0 or left out: one per core
 */
export function concurrentFits(
  threads: number | undefined,
  fits: number,
  { backend }: Pick<Device, 'backend'>,
): number {
  if (backend !== 'cpu') return 1;
  return Math.max(1, Math.min(threads || availableParallelism(), fits, MAX_FITS));
}

export function tensorboardOption(): Option {
  return new Option('--tensorboard', 'Also write the metrics of every epoch for TensorBoard.');
}
