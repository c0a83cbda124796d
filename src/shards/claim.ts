// A claim: a file that says who works on a shard. Its holder writes it anew every few seconds; who sees it unchanged
// for long, by a clock of their own, takes it over. Claims only spare work: a shard that two trained is the same file
// twice.

import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { link, rm } from 'node:fs/promises';
import * as z from 'zod';
import { writeError } from '../files/atomic.js';
import { readError, textIfThere } from '../files/bytes.js';
import { causeCode } from '../files/cause.js';
import { exists } from '../files/exists.js';
import { replaceFileNow } from '../files/replace-file.js';
import { createTemporary } from '../files/temporary.js';
import { isRunning, thisMachine } from '../files/this-machine.js';
import { Beating, beatText } from './beat.js';
import { pause } from './pause.js';

const schema = z.object({
  worker: z.string(),
  pid: z.int(),
  host: z.string(),
  boot: z.string().optional(),
  /** In which the pid is one; containers of a machine have their own. */
  namespace: z.string().optional(),
  beat: z.int(),
  /** How far the holder is. */
  epoch: z.int(),
});

export type ClaimText = z.infer<typeof schema>;

/** Of every claim of this process. */
const worker = randomUUID();
/** Number of the last beat. */
const counter = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Seconds. */
export interface Beats {
  /** Between two beats of a holder. */
  readonly every: number;
  /** Without a beat, after which a claim is taken over. */
  readonly most: number;
}

export const BEATS: Beats = { every: 2, most: 30 };

export class Claim {
  /** The worker that left it, where one did. */
  readonly from: ClaimText | undefined;
  readonly #path: string;
  #isLost = false;
  readonly #beating: Beating;

  private constructor(path: string, every: number, from?: ClaimText) {
    this.from = from;
    this.#path = path;
    this.#beating = new Beating({ path, claim: ownClaim(), every, counter });
  }

  /** @returns undefined while another worker has it @throws FileError `unwritable`, `disk-full`, `unreadable` */
  static async take(path: string, watch: ClaimWatch): Promise<Claim | undefined> {
    const { every } = watch.beats;
    if (await create(path, firstText())) return new Claim(path, every);
    const from = await watch.abandoned(path);
    if (!from) return undefined;
    if (!(await replace(path, firstText()))) return undefined;
    // Of several that take it over at the same time, the last one is in the file.
    await pause(every / 4);
    return (await isOthers(path)) ? undefined : new Claim(path, every, from);
  }

  /** Told with the next beat. */
  told(epoch: number): void {
    this.#beating.epoch = epoch;
  }

  /** Whether another worker has taken it over, since this one was not heard of. */
  async isLost(): Promise<boolean> {
    this.#isLost ||= await isOthers(this.#path);
    return this.#isLost;
  }

  async release(): Promise<void> {
    await this.#beating.stop();
    if (!(await this.isLost())) await rm(this.#path, { force: true });
  }
}

/** What one process has seen of others' claims. */
export class ClaimWatch {
  readonly beats: Beats;
  readonly #seen = new Map<string, { readonly text: string; readonly at: number }>();

  constructor(beatsOfAll: Beats) {
    this.beats = beatsOfAll;
  }

  /** What a claim says whose holder has ended or was not heard of for long; undefined where somebody has it, or nobody. */
  async abandoned(path: string): Promise<ClaimText | undefined> {
    const text = await readText(path);
    if (text === undefined) return undefined;
    const claim = parsed(text);
    const isDead = claim !== undefined && isOfThisKernel(claim) && !isRunning(claim.pid);
    return isDead || this.#isSilent(path, text) ? (claim ?? UNKNOWN) : undefined;
  }

  #isSilent(path: string, text: string): boolean {
    const seen = this.#seen.get(path);
    if (seen?.text === text) return performance.now() - seen.at > this.beats.most * 1000;
    this.#seen.set(path, { text, at: performance.now() });
    return false;
  }
}

/** A claim that its holder had not written to the end. */
const UNKNOWN: ClaimText = { worker: '', pid: 0, host: 'unknown', beat: 0, epoch: 0 };

/** Undefined where nobody has it, or somebody writes it at this moment. @throws FileError `unreadable` */
export async function readClaim(path: string): Promise<ClaimText | undefined> {
  const text = await readText(path);
  return text === undefined ? undefined : parsed(text);
}

/** Whether a claim that was this worker's is not any more; one that is being written is still. */
async function isOthers(path: string): Promise<boolean> {
  const text = await readText(path);
  if (text === undefined) return true;
  const claim = parsed(text);
  return claim !== undefined && claim.worker !== worker;
}

function ownClaim(): Omit<ClaimText, 'beat' | 'epoch'> {
  return { worker, pid: process.pid, ...thisMachine(), ...processIds() };
}

function firstText(): string {
  return beatText(ownClaim(), { counter, epoch: 0 });
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
    return await textIfThere(path);
  } catch (cause) {
    throw readError(path, cause);
  }
}

/** Undefined for a text that says nothing: one that is being written. */
function parsed(text: string): ClaimText | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Whether the pid of a claim is one that this process can ask for. */
function isOfThisKernel({ host, boot, namespace }: ClaimText): boolean {
  const own = { ...thisMachine(), ...processIds() };
  return own.host === host && own.boot === boot && own.namespace === namespace;
}

function processIds(): Pick<ClaimText, 'namespace'> {
  try {
    return { namespace: readlinkSync('/proc/self/ns/pid') };
  } catch {
    return {};
  }
}
