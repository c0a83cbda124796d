// A lease is a file that names the worker of a shard. Its holder renews it every few seconds. A worker that sees no
// renewal for some time, by its local clock, takes the lease over. Leases only save work: if two workers train the same
// shard, both write the same file.

import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { link, rm } from 'node:fs/promises';
import * as z from 'zod';
import { writeError } from '../files/atomic.js';
import { readError, textIfExists } from '../files/bytes.js';
import { causeCode } from '../errors/cause.js';
import { exists } from '../files/exists.js';
import { jsonText } from '../files/json-text.js';
import { replaceFileNow } from '../files/replace-file.js';
import { createTemporary } from '../files/temporary.js';
import { isRunning, thisMachine } from '../files/this-machine.js';
import { Heartbeat, heartbeatText } from './lease-renewal.js';
import { pause } from './pause.js';

const schema = z.object({
  worker: z.string(),
  pid: z.int(),
  host: z.string(),
  boot: z.string().optional(),
  /** Namespace of the pid. Each container of a host has a separate one. */
  namespace: z.string().optional(),
  heartbeat: z.int(),
  /** Epoch of training that the holder has reached. */
  epoch: z.int(),
});

export type LeaseText = z.infer<typeof schema>;

/** Name of this process in all its leases. */
const worker = randomUUID();
/** Number of the last heartbeat. */
const counter = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Times of heartbeats, in seconds. */
export interface Heartbeats {
  /** Between two heartbeats of a holder. */
  readonly every: number;
  /** Without a heartbeat, until another worker takes the lease over. */
  readonly timeout: number;
}

export const HEARTBEATS: Heartbeats = { every: 2, timeout: 30 };

export class Lease {
  /** Lease of the worker that abandoned the shard, if there was one. */
  readonly from: LeaseText | undefined;
  readonly #path: string;
  #isLost = false;
  readonly #heartbeat: Heartbeat;

  private constructor(path: string, every: number, from?: LeaseText) {
    this.from = from;
    this.#path = path;
    this.#heartbeat = new Heartbeat({ path, lease: leaseOfThisProcess(), every, counter });
  }

  /**
   * Takes a lease.
   * @returns undefined if another worker holds it
   * @throws FileError `unwritable`, `disk-full`, `unreadable`
   */
  static async take(path: string, watch: LeaseWatch): Promise<Lease | undefined> {
    const { every } = watch.heartbeats;
    if (await create(path, firstText())) return new Lease(path, every);
    const from = await watch.abandoned(path);
    if (!from) return undefined;
    if (!(await replace(path, firstText()))) return undefined;
    // If several workers take it over at the same time, the file names the last one, which holds the lease.
    await pause(every / 4);
    return (await isHeldByAnother(path)) ? undefined : new Lease(path, every, from);
  }

  /** Sets the epoch that the next heartbeat reports. */
  reportEpoch(epoch: number): void {
    this.#heartbeat.epoch = epoch;
  }

  /** True if another worker has taken over the lease, because it saw no heartbeats. */
  async isLost(): Promise<boolean> {
    this.#isLost ||= await isHeldByAnother(this.#path);
    return this.#isLost;
  }

  async release(): Promise<void> {
    await this.#heartbeat.stop();
    if (!(await this.isLost())) await rm(this.#path, { force: true });
  }
}

/** Remembers when this process saw the lease of another worker change. */
export class LeaseWatch {
  readonly heartbeats: Heartbeats;
  readonly #seen = new Map<string, { readonly text: string; readonly at: number }>();

  constructor(heartbeats: Heartbeats) {
    this.heartbeats = heartbeats;
  }

  /**
   * Returns the content of a lease whose holder has ended or has sent no heartbeat for too long. Returns undefined if a
   * worker holds the lease, or if there is none.
   */
  async abandoned(path: string): Promise<LeaseText | undefined> {
    const text = await readText(path);
    if (text === undefined) return undefined;
    const lease = parsed(text);
    const isDead = lease !== undefined && isOfThisKernel(lease) && !isRunning(lease.pid);
    return isDead || this.#isSilent(path, text) ? (lease ?? UNKNOWN) : undefined;
  }

  #isSilent(path: string, text: string): boolean {
    const seen = this.#seen.get(path);
    if (seen?.text === text) return performance.now() - seen.at > this.heartbeats.timeout * 1000;
    this.#seen.set(path, { text, at: performance.now() });
    return false;
  }
}

/** Stands for an abandoned lease whose file is incomplete. */
const UNKNOWN: LeaseText = { worker: '', pid: 0, host: 'unknown', heartbeat: 0, epoch: 0 };

/** Reads a lease. Returns undefined if there is none, or if it is half-written now. @throws FileError `unreadable` */
export async function readLease(path: string): Promise<LeaseText | undefined> {
  const text = await readText(path);
  return text === undefined ? undefined : parsed(text);
}

/** True if another worker has taken over a lease of this process. A half-written lease is still ours. */
async function isHeldByAnother(path: string): Promise<boolean> {
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

/** Creates a file with its whole text, unless the file exists. @returns whether it was created */
export async function create(path: string, text: string): Promise<boolean> {
  return written(path, text, async (temporary) => {
    try {
      await link(temporary, path);
      return true;
    } catch (cause) {
      if (causeCode(cause) === 'EEXIST' || (await exists(path))) return false;
      // Some file systems have no hard links. If two workers create the file at the same time there, the last one wins.
      return replaceFileNow(temporary, path);
    }
  });
}

/** Replaces a file. @returns whether it did: on Windows it cannot while another worker reads the file */
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

/** Returns undefined for a text that is not a lease, such as a half-written one. */
function parsed(text: string): LeaseText | undefined {
  return jsonText(schema).safeParse(text).data;
}

/** True if this process can check whether the pid of a lease exists. */
function isOfThisKernel({ host, boot, namespace }: LeaseText): boolean {
  const here = { ...thisMachine(), ...processIds() };
  return here.host === host && here.boot === boot && here.namespace === namespace;
}

function processIds(): Pick<LeaseText, 'namespace'> {
  try {
    return { namespace: readlinkSync('/proc/self/ns/pid') };
  } catch {
    return {};
  }
}
