// A lease: a file that says who works on a shard. Its holder writes it anew every few seconds; who sees it unchanged
// for long, by a clock of their own, takes it over. Claims only spare work: a shard that two trained is the same file
// twice.

import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { link, rm } from 'node:fs/promises';
import * as z from 'zod';
import { writeError } from '../files/atomic.js';
import { readError, textIfExists } from '../files/bytes.js';
import { causeCode } from '../files/cause.js';
import { exists } from '../files/exists.js';
import { replaceFileNow } from '../files/replace-file.js';
import { createTemporary } from '../files/temporary.js';
import { isRunning, thisMachine } from '../files/this-machine.js';
import { Heartbeat, heartbeatText } from './heartbeat.js';
import { pause } from './pause.js';

const schema = z.object({
  worker: z.string(),
  pid: z.int(),
  host: z.string(),
  boot: z.string().optional(),
  /** In which the pid is one; containers of a machine have their own. */
  namespace: z.string().optional(),
  heartbeat: z.int(),
  /** How far the holder is. */
  epoch: z.int(),
});

export type LeaseText = z.infer<typeof schema>;

/** Of every lease of this process. */
const worker = randomUUID();
/** Number of the last heartbeat. */
const counter = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Seconds. */
export interface Heartbeats {
  /** Between two heartbeats of a holder. */
  readonly every: number;
  /** Without a heartbeat, after which a lease is taken over. */
  readonly most: number;
}

export const HEARTBEATS: Heartbeats = { every: 2, most: 30 };

export class Lease {
  /** The worker that left it, where one did. */
  readonly from: LeaseText | undefined;
  readonly #path: string;
  #isLost = false;
  readonly #heartbeat: Heartbeat;

  private constructor(path: string, every: number, from?: LeaseText) {
    this.from = from;
    this.#path = path;
    this.#heartbeat = new Heartbeat({ path, lease: leaseOfThisProcess(), every, counter });
  }

  /** @returns undefined while another worker has it @throws FileError `unwritable`, `disk-full`, `unreadable` */
  static async take(path: string, watch: LeaseWatch): Promise<Lease | undefined> {
    const { every } = watch.heartbeats;
    if (await create(path, firstText())) return new Lease(path, every);
    const from = await watch.abandoned(path);
    if (!from) return undefined;
    if (!(await replace(path, firstText()))) return undefined;
    // Of several that take it over at the same time, the last one is in the file.
    await pause(every / 4);
    return (await isOthers(path)) ? undefined : new Lease(path, every, from);
  }

  /** Told with the next heartbeat. */
  told(epoch: number): void {
    this.#heartbeat.epoch = epoch;
  }

  /** Whether another worker has taken it over, since this one was not heard of. */
  async isLost(): Promise<boolean> {
    this.#isLost ||= await isOthers(this.#path);
    return this.#isLost;
  }

  async release(): Promise<void> {
    await this.#heartbeat.stop();
    if (!(await this.isLost())) await rm(this.#path, { force: true });
  }
}

/** What one process has seen of others' leases. */
export class LeaseWatch {
  readonly heartbeats: Heartbeats;
  readonly #seen = new Map<string, { readonly text: string; readonly at: number }>();

  constructor(heartbeats: Heartbeats) {
    this.heartbeats = heartbeats;
  }

  /** What a lease says whose holder has ended or was not heard of for long; undefined where somebody has it, or nobody. */
  async abandoned(path: string): Promise<LeaseText | undefined> {
    const text = await readText(path);
    if (text === undefined) return undefined;
    const lease = parsed(text);
    const isDead = lease !== undefined && isOfThisKernel(lease) && !isRunning(lease.pid);
    return isDead || this.#isSilent(path, text) ? (lease ?? UNKNOWN) : undefined;
  }

  #isSilent(path: string, text: string): boolean {
    const seen = this.#seen.get(path);
    if (seen?.text === text) return performance.now() - seen.at > this.heartbeats.most * 1000;
    this.#seen.set(path, { text, at: performance.now() });
    return false;
  }
}

/** A lease that its holder had not written to the end. */
const UNKNOWN: LeaseText = { worker: '', pid: 0, host: 'unknown', heartbeat: 0, epoch: 0 };

/** Undefined where nobody has it, or somebody writes it at this moment. @throws FileError `unreadable` */
export async function readLease(path: string): Promise<LeaseText | undefined> {
  const text = await readText(path);
  return text === undefined ? undefined : parsed(text);
}

/** Whether a lease that was this worker's is not any more; one that is being written is still. */
async function isOthers(path: string): Promise<boolean> {
  const text = await readText(path);
  if (text === undefined) return true;
  const lease = parsed(text);
  return lease !== undefined && lease.worker !== worker;
}

function leaseOfThisProcess(): Omit<LeaseText, 'heartbeat' | 'epoch'> {
  return { worker, pid: process.pid, ...thisMachine(), ...processIds() };
}

function firstText(): string {
  return heartbeatText(leaseOfThisProcess(), { counter, epoch: 0 });
}

/** A file with all of its text at once, unless there is one. @returns whether it was made */
export async function create(path: string, text: string): Promise<boolean> {
  return written(path, text, async (temporary) => {
    try {
      await link(temporary, path);
      return true;
    } catch (cause) {
      if (causeCode(cause) === 'EEXIST' || (await exists(path))) return false;
      // Some file systems have no second names. What two make at the same time there, one of them has.
      return replaceFileNow(temporary, path);
    }
  });
}

/** @returns whether it was replaced: on Windows not while another worker reads it */
async function replace(path: string, text: string): Promise<boolean> {
  return written(path, text, (temporary) => replaceFileNow(temporary, path));
}

async function written<Result>(
  path: string,
  text: string,
  place: (temporary: string) => Promise<Result>,
): Promise<Result> {
  try {
    const { path: temporary, file } = await createTemporary(path);
    try {
      await file.writeFile(text);
      await file.sync();
      return await place(temporary);
    } finally {
      await rm(temporary, { force: true });
      await file.close();
    }
  } catch (cause) {
    throw writeError(path, cause);
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await textIfExists(path);
  } catch (cause) {
    throw readError(path, cause);
  }
}

/** Undefined for a text that says nothing: one that is being written. */
function parsed(text: string): LeaseText | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Whether the pid of a lease is one that this process can ask for. */
function isOfThisKernel({ host, boot, namespace }: LeaseText): boolean {
  const own = { ...thisMachine(), ...processIds() };
  return own.host === host && own.boot === boot && own.namespace === namespace;
}

function processIds(): Pick<LeaseText, 'namespace'> {
  try {
    return { namespace: readlinkSync('/proc/self/ns/pid') };
  } catch {
    return {};
  }
}
