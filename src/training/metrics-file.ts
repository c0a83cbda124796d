// metrics.jsonl: one line per epoch, written when the epoch ends. A checkpoint records how many bytes belong to its
// state. A resumed fit cuts off the remaining bytes, whether they are whole lines or a partial one.

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { InputError } from '../errors/errors.js';
import { writeError } from '../files/atomic.js';
import { openInternal, readBytes } from '../files/bytes.js';
import { causeCode } from '../errors/cause.js';
import { parseJson } from '../files/json.js';
import { STAGE_NAMES } from './stage.js';
import { epochSchema, type EpochMetrics } from './training-state.js';

export const METRICS_FILE = 'metrics.jsonl';

const NEWLINE = 10;
const metricsSchema = epochSchema.extend({ stage: z.enum(STAGE_NAMES) });
/** Number of bytes that were written, and their digest. */
export interface MetricsPosition {
  readonly bytes: number;
  readonly sha256: string;
}

export function metricsLine(metrics: EpochMetrics): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(metrics)}\n`);
}

/** @throws InputError `damaged-file` */
export function parseMetrics(bytes: Uint8Array, path: string): EpochMetrics[] {
  const history: EpochMetrics[] = [];
  const decoder = new TextDecoder();
  // Lines are decoded one by one, because a long history does not fit into one string.
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    if (end > start) history.push(parseLine(decoder.decode(bytes.subarray(start, end)), history.length + 1, path));
    start = end + 1;
  }
  return history;
}

function parseLine(text: string, line: number, path: string): EpochMetrics {
  try {
    return metricsSchema.parse(parseJson(text));
  } catch (cause) {
    throw new InputError(
      'damaged-file',
      `${path}: line ${line} does not hold the metrics of an epoch.`,
      { path },
      cause,
    );
  }
}

/** The metrics file of a running fit. */
export class MetricsFile {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #digest = createHash('sha256');
  #bytes = 0;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Creates an empty file. @throws FileError `unwritable` */
  static async create(folder: string): Promise<MetricsFile> {
    return MetricsFile.#open(join(folder, METRICS_FILE), constants.O_TRUNC);
  }

  /**
   * Opens the file and cuts it off at a position, to continue from there.
   * @throws InputError `damaged-file` if it is missing or has changed; FileError `unwritable`, `unreadable`
   */
  static async reopen(
    folder: string,
    { bytes, sha256 }: MetricsPosition,
  ): Promise<{ file: MetricsFile; history: EpochMetrics[] }> {
    const path = join(folder, METRICS_FILE);
    const known = (await readIfThere(path)).subarray(0, bytes);
    if (known.length !== bytes || createHash('sha256').update(known).digest('hex') !== sha256) {
      throw new InputError(
        'damaged-file',
        `${path} has changed since the checkpoint next to it was written. Restore the file, or remove both to start ` +
          'again.',
        { path },
      );
    }
    const history = parseMetrics(known, path);
    const file = await MetricsFile.#open(path, 0);
    try {
      await file.#file.truncate(bytes);
    } catch (cause) {
      await file.close();
      throw writeError(path, cause);
    }
    file.#add(known);
    return { file, history };
  }

  static async #open(path: string, flag: number): Promise<MetricsFile> {
    const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
    try {
      return new MetricsFile(path, await openInternal(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | flag));
    } catch (cause) {
      throw writeError(path, cause);
    }
  }

  /** @throws FileError `disk-full`, `unwritable` */
  async append(metrics: EpochMetrics): Promise<void> {
    const line = metricsLine(metrics);
    try {
      await this.#file.writeFile(line);
    } catch (cause) {
      throw writeError(this.#path, cause);
    }
    this.#add(line);
  }

  /**
   * Flushes the file to the disk and returns the position for a checkpoint.
   * @throws FileError `disk-full`, `unwritable`
   */
  async sync(): Promise<MetricsPosition> {
    try {
      await this.#file.datasync();
    } catch (cause) {
      throw writeError(this.#path, cause);
    }
    return this.#position();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #add(bytes: Uint8Array): void {
    this.#digest.update(bytes);
    this.#bytes += bytes.length;
  }

  #position(): MetricsPosition {
    return { bytes: this.#bytes, sha256: this.#digest.copy().digest('hex') };
  }
}

async function readIfThere(path: string): Promise<Uint8Array> {
  try {
    return await readBytes(path);
  } catch (cause) {
    if (causeCode(cause) !== 'missing-file') throw cause;
    return new Uint8Array();
  }
}
