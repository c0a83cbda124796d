// The folder where workers of a fit meet: plan.json says what they all do, a file beside it is a shard of a stage. It is
// all that workers share; there is no number of them, and none waits for another by name.

import { constants } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { InputError, StateError } from '../errors.js';
import { makeFolder, writeError } from '../files/atomic.js';
import { openInternal, readText } from '../files/bytes.js';
import { exists } from '../files/exists.js';
import { thisMachine } from '../files/this-machine.js';
import { removeLeftovers } from '../files/temporary.js';
import { dataParallelOf, MATMUL_PRECISIONS, matmulPrecisionOf, type Device } from '../runtime/device.js';
import { buildInfo } from '../runtime/native.js';
import { version } from '../runtime/package.js';
import { SerialQueue } from '../threads/serial-queue.js';
import type { FitConfig, FitSettings } from '../training/config.js';
import { HEARTBEATS, LeaseWatch, create, type LeaseText } from './lease.js';
import { MAX_SHARDS, type ShardOptions } from './shard-options.js';
import { checkFormat, checkKey, type ShardKey } from './shard-file.js';

export const PLAN_FILE = 'plan.json';
/** A line per shard that was taken over. */
export const TAKEN_FILE = 'taken.jsonl';
const FORMAT = 'interlatent-shards-2';

/** `work`: train what is open; `gather`: only read, and refuse where something is missing. */
export type ShardUse = 'work' | 'gather';

/** What one worker wrote for all. */
export interface ShardPlan {
  /** The study file; left out for a data set of a program's own. */
  readonly study?: string | undefined;
  readonly settings: FitSettings;
  /** All settings, with those of the study and the defaults. */
  readonly config: FitConfig;
  /** Whether the fit is cross-fitted. */
  readonly evidence: 'none' | 'quick' | 'full';
  readonly of: number;
  /** See `ShardOptions`. */
  readonly dataParallel: number;
}

/** A line of taken.jsonl. */
export interface TakenShard {
  readonly shard: string;
  readonly from: { readonly pid: number; readonly host: string };
  /** Of the shard that its worker was heard of with. */
  readonly epoch: number;
  readonly by: TakenShard['from'];
}

const planSchema = z.object({
  format: z.literal(FORMAT),
  version: z.string(),
  engine: z.string(),
  device: z.enum(['cpu', 'cuda', 'webgpu']),
  matmulPrecision: z.enum(MATMUL_PRECISIONS),
  fingerprint: z.string(),
  study: z.string().optional(),
  settings: z.looseObject({}),
  config: z.looseObject({}),
  evidence: z.enum(['none', 'quick', 'full']),
  of: z.int().min(1).max(MAX_SHARDS),
  dataParallel: z.int().min(1).max(MAX_SHARDS).default(1),
});

/** As the file has it. */
export type WrittenPlan = z.infer<typeof planSchema> & Pick<ShardPlan, 'settings'>;

/** What computes: two of the same name come to the same bits. */
export function engineOf(device: Device): string {
  if (device.backend === 'cpu') return buildInfo().isa;
  const { backend, description } = device;
  const additional = backend === 'cuda' ? device.additionalDevices : undefined;
  const batches = dataParallelOf(device) === undefined ? '' : ', batches in tiles';
  return `${backend}, ${additional?.[0].description ?? description}${batches}`;
}

/** @throws InputError `no-shards`, `shard-mismatch`, `damaged-file` */
export async function readPlan(folder: string): Promise<WrittenPlan> {
  const path = join(folder, PLAN_FILE);
  if (!(await exists(path))) {
    throw new InputError('no-shards', `${folder} has no shards of a fit: there is no ${PLAN_FILE} in it.`, { folder });
  }
  const content = parsed(await readText(path));
  checkFormat(path, (content as { format?: unknown } | null | undefined)?.format, FORMAT);
  const found = planSchema.safeParse(content);
  if (!found.success) {
    throw new InputError('damaged-file', `${path} is no plan of shards; remove the folder to start afresh.`, { path });
  }
  return found.data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export class ShardFolder {
  readonly path: string;
  readonly use: ShardUse;
  readonly watch: LeaseWatch;
  /** A process trains one shard at a time, of whichever fit. */
  readonly queue = new SerialQueue();
  /** Of everything in it. */
  readonly key: Pick<ShardKey, 'version' | 'engine' | 'matmulPrecision'>;

  readonly #of: number;
  readonly #dataParallel: number;
  readonly #index: number;

  private constructor(
    options: ShardOptions,
    use: ShardUse,
    { of, dataParallel }: Pick<ShardPlan, 'of' | 'dataParallel'>,
    key: ShardFolder['key'],
  ) {
    const { folder, index = Math.floor(Math.random() * of), heartbeats = HEARTBEATS } = options;
    this.path = folder;
    this.use = use;
    this.#of = of;
    this.#dataParallel = dataParallel;
    this.#index = index;
    this.watch = new LeaseWatch(heartbeats);
    this.key = key;
  }

  /**
   * Opens a folder, and writes its plan if there is none.
   * @throws InputError `shard-mismatch`, `no-shards`, `damaged-file`; FileError `unwritable`, `disk-full`
   */
  static async open(
    options: ShardOptions,
    use: ShardUse,
    own: Omit<ShardPlan, 'of' | 'dataParallel'> & { readonly fingerprint: string },
    device: Device,
  ): Promise<ShardFolder> {
    const { folder, of = 8, dataParallel = 1 } = options;
    const key = { version, engine: engineOf(device), matmulPrecision: matmulPrecisionOf(device) };
    const path = join(folder, PLAN_FILE);
    if (use === 'work') {
      await makeFolder(folder);
      removeLeftovers(folder);
      const plan: z.input<typeof planSchema> = {
        format: FORMAT,
        ...key,
        device: device.backend,
        ...own,
        settings: { ...own.settings },
        of,
        dataParallel,
      };
      await create(path, `${JSON.stringify(plan, null, 2)}\n`);
    }
    const plan = await readPlan(folder);
    const { fingerprint, config, evidence } = plan;
    checkKey<'version' | 'engine' | 'matmulPrecision' | 'fingerprint' | 'config'>(
      path,
      { ...plan, fingerprint, config: JSON.stringify([config, evidence]) },
      { ...key, fingerprint: own.fingerprint, config: JSON.stringify([own.config, own.evidence]) },
    );
    return new ShardFolder(options, use, plan, key);
  }

  /**
   * Shards of a stage, and the one that this worker begins with.
   * @param isTogether whether ranks train it together: otherwise each of them is a worker of its own
   * @param rank of this one among those
   */
  sharesOf(isTogether: boolean, rank: number): { readonly most: number; readonly first: number } {
    if (isTogether) return { most: this.#of, first: this.#index };
    const each = this.#dataParallel;
    return { most: Math.min(MAX_SHARDS, this.#of * each), first: this.#index * each + rank };
  }

  /** Writes down that a shard was left by one worker and taken over by this one. */
  async tellTaken(shard: string, from: LeaseText): Promise<void> {
    const { pid, host, epoch } = from;
    const line: TakenShard = { shard, from: { pid, host }, epoch, by: { pid: process.pid, host: thisMachine().host } };
    const path = join(this.path, TAKEN_FILE);
    try {
      const file = await openInternal(path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
      try {
        await file.writeFile(`${JSON.stringify(line)}\n`);
      } finally {
        await file.close();
      }
    } catch (cause) {
      throw writeError(path, cause);
    }
  }

  /** @throws StateError `shards-missing` */
  missing(stage: string, open: readonly number[], all: number): StateError {
    const numbers = open.length > 12 ? `${open.slice(0, 12).join(', ')} …` : open.join(', ');
    return new StateError(
      'shards-missing',
      `${this.path}: of ${stage}, ${open.length} of ${all} shards are not done (${numbers}). Start workers: ` +
        `interlatent shard STUDY --out ${this.path}`,
      { folder: this.path, stage, open },
    );
  }
}
