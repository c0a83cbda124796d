// Defines fuzz targets and the property that all of them must have: bytes give a result or an InterlatentError.

import { InterlatentError } from '../src/errors/errors.js';

export interface Target {
  /**
   * Maximal number of bytes of an input. A small limit allows more executions. Default: 4096, or twice the longest
   * seed.
   */
  readonly maxBytes?: number;
  /** Reads bytes. Any error except an InterlatentError is a finding, also a broken round trip (`Broken`). */
  readonly run: (bytes: Uint8Array) => unknown;
  /**
   * Returns the pieces of a container, or undefined if the bytes are not one. Pieces are mutated separately, so that
   * lengths and checksums stay right.
   */
  readonly open?: (bytes: Uint8Array) => readonly Uint8Array[] | undefined;
  /** Returns the container with other pieces. */
  readonly close?: (pieces: readonly Uint8Array[], bytes: Uint8Array) => Uint8Array;
}

/** Written data are not read back unchanged. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

/** Compares values as JSON, with NaN and −0. @throws Broken if they differ */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [seen, wanted] = [asJson(actual), asJson(expected)];
  if (seen !== wanted) throw new Broken(`${what}: ${seen.slice(0, 200)} instead of ${wanted.slice(0, 200)}`);
}

function asJson(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) => {
    if (typeof entry === 'bigint') return `${entry}n`;
    if (typeof entry === 'number' && (!Number.isFinite(entry) || Object.is(entry, -0))) {
      return Object.is(entry, -0) ? '-0' : String(entry);
    }
    if (ArrayBuffer.isView(entry)) return [entry.constructor.name, Array.from(entry as Float64Array)];
    return entry instanceof Map ? Array.from(entry as Map<unknown, unknown>) : entry;
  });
}

/** Runs an input and returns the error that breaks the property, or undefined if the property holds. */
export function attempt({ run }: Target, bytes: Uint8Array): unknown {
  try {
    const result = run(bytes);
    return result instanceof Promise ? result.then(() => undefined, judged) : undefined;
  } catch (error) {
    return judged(error);
  }
}

/**
 * Codes of errors that no input can cause: a package for a format is missing, or a file that was just written cannot be
 * read. The target was then not tested.
 */
const NOTHING_TRIED = ['missing-peer', 'unreadable', 'unwritable', 'disk-full'];

function judged(error: unknown): unknown {
  const isCoded = error instanceof InterlatentError && !NOTHING_TRIED.includes(error.code) && error.message !== '';
  return isCoded ? undefined : error;
}
