// What a fuzz target is, and the property that all of them share: bytes give a result or an InterlatentError.

import { InterlatentError } from '../src/errors.js';

export interface Target {
  /** The most bytes of an input. A small limit allows more executions. Default: 4096, or twice the longest seed. */
  readonly mostBytes?: number;
  /**
   * Reads bytes. Whatever it throws besides an InterlatentError is a finding, a broken round trip (`Broken`) too.
   */
  readonly run: (bytes: Uint8Array) => unknown;
  /**
   * The pieces of a container that are worth changing by themselves, so that lengths and checksums around them stay
   * right; undefined for bytes that are none.
   */
  readonly open?: (bytes: Uint8Array) => readonly Uint8Array[] | undefined;
  /** The container with other pieces. */
  readonly close?: (pieces: readonly Uint8Array[], bytes: Uint8Array) => Uint8Array;
}

/** Something that was written is not read as it was. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

/** Compares what JSON shows of values; NaN and −0 count as themselves. */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [seen, wanted] = [shown(actual), shown(expected)];
  if (seen !== wanted) throw new Broken(`${what}: ${seen.slice(0, 200)} instead of ${wanted.slice(0, 200)}`);
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_, own: unknown) => {
    if (typeof own === 'bigint') return `${own}n`;
    if (typeof own === 'number' && (!Number.isFinite(own) || Object.is(own, -0))) {
      return Object.is(own, -0) ? '-0' : String(own);
    }
    if (ArrayBuffer.isView(own)) return [own.constructor.name, Array.from(own as Float64Array)];
    return own instanceof Map ? Array.from(own as Map<unknown, unknown>) : own;
  });
}

/** What was wrong with an input; undefined where the property holds. */
export function attempt({ run }: Target, bytes: Uint8Array): unknown {
  try {
    const result = run(bytes);
    return result instanceof Promise ? result.then(() => undefined, judged) : undefined;
  } catch (error) {
    return judged(error);
  }
}

/**
 * Codes of what no input can do: a package that reads a format is missing, or a file that was just written cannot be
 * read. Nothing was tried then.
 */
const NOTHING_TRIED = ['missing-peer', 'unreadable', 'unwritable', 'disk-full'];

function judged(error: unknown): unknown {
  const isCoded = error instanceof InterlatentError && !NOTHING_TRIED.includes(error.code) && error.message !== '';
  return isCoded ? undefined : error;
}
