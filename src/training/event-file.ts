// The figures of metrics.jsonl for TensorBoard: records of Event messages (tensorflow/core/util/event.proto), each with
// masked checks of its length and content (tensorflow/core/lib/io/record_writer.h). Of a part's runs the one that leads
// is told, by its validation objective, and the median of all: a fit is one curve beside other fits.

import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFile, writeError } from '../files/atomic.js';
import { openOwn } from '../files/bytes.js';
import { crc32c } from '../files/crc32.js';
import { exists } from '../files/exists.js';
import { Message } from '../files/protobuf.js';
import type { EpochMetrics, RunValues } from './run-state.js';

/** TensorBoard reads every file whose name has `tfevents` in it. */
export const EVENT_FILE = 'events.out.tfevents.interlatent';

const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const SUMMARY = { value: 1 } as const;
const VALUE = { tag: 1, simpleValue: 2 } as const;

/** By tag, in the order in which they are written. */
export type Scalars = readonly (readonly [tag: string, value: number])[];

/**
 * What TensorBoard shows of an epoch: `<part>/validation/objective` and the like of the leading run,
 * `<part>/validation/objective (median of runs)` where there are several, and `<part>/runs`, those that go on.
 */
export function epochScalars({ part, training, validation, ...epoch }: EpochMetrics): Scalars {
  const objectives = validation['objective'] ?? [];
  const living = objectives.filter((value) => value !== null).sort((a, b) => a - b);
  const leader = objectives.indexOf(living.at(0) ?? null);
  const ofLeader = (split: string, values: RunValues): Scalars =>
    Object.entries(values).flatMap(([name, runs]) => {
      const value = runs.at(leader);
      return value === null || value === undefined ? [] : [[`${part}/${split}/${name}`, value] as const];
    });
  const { learningRate, sparsityWeight = 0, seconds } = epoch;
  return [
    ...ofLeader('validation', validation),
    ...(living.length > 1 ? [[`${part}/validation/objective (median of runs)`, medianOf(living)] as const] : []),
    ...ofLeader('training', training),
    [`${part}/runs`, living.length],
    [`${part}/learning rate`, learningRate],
    [`${part}/sparsity weight`, sparsityWeight],
    [`${part}/seconds`, seconds],
  ];
}

/** The first record of a file. @param wallTime seconds since 1970 */
export function versionRecord(wallTime: number): Uint8Array {
  return record(new Message().double(EVENT.wallTime, wallTime).bytes(EVENT.fileVersion, 'brain.Event:2'));
}

/** @param wallTime seconds since 1970 */
export function scalarsRecord(step: number, scalars: Scalars, wallTime: number): Uint8Array {
  const summary = new Message();
  for (const [tag, value] of scalars) {
    summary.message(SUMMARY.value, new Message().bytes(VALUE.tag, tag).float(VALUE.simpleValue, value));
  }
  const event = new Message().double(EVENT.wallTime, wallTime).integer(EVENT.step, step);
  return record(event.message(EVENT.summary, summary));
}

/** The file of a fit that goes on. */
export class EventFile {
  readonly #path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * A file of these epochs, to go on from there. What the file has of them already stays, with its times; what a killed
   * fit wrote after them goes.
   * @param isAsked false: only a file that is there goes on
   * @throws FileError `unwritable`, `disk-full`
   */
  static async open(
    folder: string,
    history: readonly EpochMetrics[],
    { isAsked }: { readonly isAsked: boolean },
  ): Promise<EventFile | undefined> {
    const path = join(folder, EVENT_FILE);
    if (!isAsked && !(history.length > 0 && (await exists(path)))) {
      await removeFile(path);
      return undefined;
    }
    const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
    let file: FileHandle | undefined;
    try {
      file = await openOwn(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW);
      // Every record is as long as the figures make it, whatever its time.
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
  view.setUint32(8, maskedCheck(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, maskedCheck(data), true);
  return bytes;
}

/** A check on bytes that hold checks themselves is weak: TensorFlow turns it by 15 bits and adds a constant. */
function maskedCheck(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
