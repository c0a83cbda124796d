// The folder through which the workers of a fit exchange shards. plan.json describes the fit; the other files belong to
// shards. Workers share nothing else: their number is not fixed, and none waits for a particular other worker.

import { constants } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { InputError, StateError } from '../errors/errors.js';
import { makeFolder, writeError } from '../files/atomic.js';
import { openInternal, readText } from '../files/bytes.js';
import { exists } from '../files/exists.js';
import { jsonText } from '../files/json-text.js';
import { thisMachine } from '../files/this-machine.js';
import { removeLeftovers } from '../files/temporary.js';
import { MATMUL_PRECISIONS, matmulPrecisionOf, type Device } from '../runtime/device.js';
import { buildInfo } from '../runtime/native.js';
import { version } from '../runtime/package.js';
import { SerialQueue } from '../threads/serial-queue.js';
import type { FitConfig, FitSettings } from '../training/config.js';
import { HEARTBEATS, LeaseWatch, create, type LeaseText } from './lease.js';
import { MAX_SHARDS, type ShardOptions } from './shard-options.js';
import { checkFormat, checkKey, type ShardKey } from './shard-file.js';

export const PLAN_FILE = 'plan.json';
/** File with a line for each shard that a worker took over. */
export const TAKEN_FILE = 'taken.jsonl';
const FORMAT = 'interlatent-shards-2';

/** `work`: train open shards. `gather`: only read the shards, and refuse if one is missing. */
export type ShardUse = 'work' | 'gather';

/** The plan that the first worker writes for all workers. */
export interface ShardPlan {
  /** Path of the study file. Undefined for a data set that a program passed. */
  readonly study?: string | undefined;
  readonly settings: FitSettings;
  /** All settings, including those of the study and the defaults. */
  readonly config: FitConfig;
  /** Evidence mode. The fit is cross-fitted unless it is `none`. */
  readonly evidence: 'none' | 'quick' | 'full';
  /** As in `ShardOptions`. */
  readonly of: number;
  /** As in `ShardOptions`. */
  readonly dataParallel: number;
}

/** A line of taken.jsonl: one takeover. */
export interface TakenShard {
  readonly shard: string;
  readonly from: { readonly pid: number; readonly host: string };
  /** Epoch of the shard in the last heartbeat of its worker. */
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

/** The plan as it is in the file. */
export type WrittenPlan = z.infer<typeof planSchema> & Pick<ShardPlan, 'settings'>;

/** Returns a name of the engine. Two engines of the same name compute the same bits. */
export function engineOf(device: Device): string {
  if (device.backend === 'cpu') return buildInfo().isa;
  const { backend, description } = device;
  const additional = backend === 'cuda' ? device.additionalDevices : undefined;
  return `${backend}, ${additional?.[0].description ?? description}`;
}

/** Reads the plan of a folder. @throws InputError `no-shards`, `shard-mismatch`, `damaged-file` */
export async function readPlan(folder: string): Promise<WrittenPlan> {
  const path = join(folder, PLAN_FILE);
  if (!(await exists(path))) {
    throw new InputError('no-shards', `${folder} contains no shards of a fit: it has no ${PLAN_FILE}.`, { folder });
  }
  const content = jsonText(z.unknown()).safeParse(await readText(path)).data;
  checkFormat(path, (content as { format?: unknown } | null | undefined)?.format, FORMAT);
  const plan = planSchema.safeParse(content);
  if (!plan.success) {
    throw new InputError('damaged-file', `${path} is not a plan of shards. Remove the folder to start again.`, {
      path,
    });
  }
  return plan.data;
}

export class ShardFolder {
  readonly path: string;
  readonly use: ShardUse;
  readonly watch: LeaseWatch;
  /** Makes sure that a process trains one shard at a time, even if it takes part in several fits. */
  readonly queue = new SerialQueue();
  /** Key shared by all files in the folder. */
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
    fit: Omit<ShardPlan, 'of' | 'dataParallel'> & { readonly fingerprint: string },
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
        ...fit,
        settings: { ...fit.settings },
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
      { ...key, fingerprint: fit.fingerprint, config: JSON.stringify([fit.config, fit.evidence]) },
    );
    return new ShardFolder(options, use, plan, key);
  }

  /**
   * Returns the maximum number of shards of a stage, and the number of the shard that this worker begins with.
   * @param isTogether true if a process group trains the stage together; otherwise each rank is a separate worker
   * @param rank index of this rank in its group
   */
  divisionOf(isTogether: boolean, rank: number): { readonly maxShards: number; readonly first: number } {
    if (isTogether) return { maxShards: this.#of, first: this.#index };
    const ranks = this.#dataParallel;
    return { maxShards: Math.min(MAX_SHARDS, this.#of * ranks), first: this.#index * ranks + rank };
  }

  /** Records that this worker took over a shard from another one. */
  async recordTakeover(shard: string, from: LeaseText): Promise<void> {
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

  /** Returns the StateError `shards-missing`. @param open numbers of the shards that are not done @param all count */
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
