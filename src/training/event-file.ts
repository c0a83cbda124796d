// Writes the figures of metrics.jsonl for TensorBoard: records of Event messages (tensorflow/core/util/event.proto),
// each with masked checksums of its length and content (tensorflow/core/lib/io/record_writer.h). Each stage shows the
// restart with the lowest validation objective and the median of all restarts, so that a fit is one curve next to other
// fits.

import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFile, writeError } from '../files/atomic.js';
import { openInternal } from '../files/bytes.js';
import { crc32c } from '../files/crc32.js';
import { exists } from '../files/exists.js';
import { Message } from '../files/protobuf.js';
import type { EpochMetrics, RestartValues } from './training-state.js';

/** TensorBoard reads every file whose name has `tfevents` in it. */
export const EVENT_FILE = 'events.out.tfevents.interlatent';

const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const SUMMARY = { value: 1 } as const;
const VALUE = { tag: 1, simpleValue: 2 } as const;

/** Values by tag, in the order in which they are written. */
export type Scalars = readonly (readonly [tag: string, value: number])[];

/**
 * Returns the figures of an epoch for TensorBoard: `<stage>/validation/objective` and the other terms of the leading
 * restart; `<stage>/validation/objective (median of restarts)` if there are several; and `<stage>/restarts`, the number
 * of restarts that are still finite.
 */
export function epochScalars({ stage, training, validation, ...epoch }: EpochMetrics): Scalars {
  const objectives = validation['objective'] ?? [];
  const living = objectives.filter((value) => value !== null).sort((a, b) => a - b);
  const leader = objectives.indexOf(living.at(0) ?? null);
  const ofLeader = (split: string, values: RestartValues): Scalars =>
    Object.entries(values).flatMap(([name, perRestart]) => {
      const value = perRestart.at(leader);
      return value === null || value === undefined ? [] : [[`${stage}/${split}/${name}`, value] as const];
    });
  const { learningRate, sparsityWeight, seconds } = epoch;
  return [
    ...ofLeader('validation', validation),
    ...(living.length > 1 ? [[`${stage}/validation/objective (median of restarts)`, medianOf(living)] as const] : []),
    ...ofLeader('training', training),
    [`${stage}/restarts`, living.length],
    [`${stage}/learning rate`, learningRate],
    [`${stage}/sparsity weight`, sparsityWeight],
    [`${stage}/seconds`, seconds],
  ];
}

/** Returns the first record of a file. @param wallTime seconds since 1970 */
export function versionRecord(wallTime: number): Uint8Array {
  return record(new Message().double(EVENT.wallTime, wallTime).bytes(EVENT.fileVersion, 'brain.Event:2'));
}

/** Returns the record of an epoch. @param wallTime seconds since 1970 */
export function scalarsRecord(step: number, scalars: Scalars, wallTime: number): Uint8Array {
  const summary = new Message();
  for (const [tag, value] of scalars) {
    summary.message(SUMMARY.value, new Message().bytes(VALUE.tag, tag).float(VALUE.simpleValue, value));
  }
  const event = new Message().double(EVENT.wallTime, wallTime).integer(EVENT.step, step);
  return record(event.message(EVENT.summary, summary));
}

/** The event file of a fit. */
export class EventFile {
  readonly #path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Opens a file that holds these epochs, to append the next ones. Records of these epochs that exist already stay,
   * with their times. Records that a killed fit wrote after them are removed.
   * @param isRequested if false, only an existing file is continued
   * @throws FileError `unwritable`, `disk-full`
   */
  static async open(
    folder: string,
    history: readonly EpochMetrics[],
    { isRequested }: { readonly isRequested: boolean },
  ): Promise<EventFile | undefined> {
    const path = join(folder, EVENT_FILE);
    if (!isRequested && !(history.length > 0 && (await exists(path)))) {
      await removeFile(path);
      return undefined;
    }
    const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
    let file: FileHandle | undefined;
    try {
      file = await openInternal(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW);
      // The length of a record depends on its figures, but not on its time.
      const records = [versionRecord(now()), ...history.map((metrics) => epochRecord(metrics))];
      let known = 0;
      let length = 0;
      const { size } = await file.stat();
      while (known < records.length && length + records[known].length <= size) length += records[known++].length;
      await file.truncate(length);
      await file.writeFile(Buffer.concat(records.slice(known)));
      return new EventFile(path, file);
    } catch (cause) {
      await file?.close();
      throw writeError(path, cause);
    }
  }

  /** @throws FileError `disk-full`, `unwritable` */
  async append(metrics: EpochMetrics): Promise<void> {
    try {
      await this.#file.writeFile(epochRecord(metrics));
    } catch (cause) {
      throw writeError(this.#path, cause);
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function epochRecord(metrics: EpochMetrics): Uint8Array {
  return scalarsRecord(metrics.epoch, epochScalars(metrics), now());
}

const now = (): number => Date.now() / 1000;

function medianOf(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

function record(message: Message): Uint8Array {
  const data = message.encode();
  const bytes = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedChecksum(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, maskedChecksum(data), true);
  return bytes;
}

/** TensorFlow rotates the CRC by 15 bits and adds a constant, because a CRC of bytes that contain CRCs is weak. */
function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
