// The shards of one stage: which are done, which are open, and their combined outcome.

import { constants } from 'node:fs';
import { join } from 'node:path';
import { FileError } from '../errors/errors.js';
import { removeFile } from '../files/atomic.js';
import { openInternal, readError } from '../files/bytes.js';
import { causeCode } from '../errors/cause.js';
import { exists } from '../files/exists.js';
import type { ParameterValues } from '../inference/inference.js';
import { outcomeOf, parametersOf, stackRuns, type StageOutcome } from '../training/outcome.js';
import type { FitStage } from '../training/stage.js';
import { stageOfRestarts, rangesOf, type RestartRange } from '../training/stage-of-restarts.js';
import { isOver, stoppingOfShard, type Stopping } from '../training/stopping.js';
import type { EpochMetrics, TrainingState, RestartValues } from '../training/training-state.js';
import { inputsOf, readShard, writeShard, type ShardKey } from './shard-file.js';

export interface Shard {
  readonly number: number;
  readonly range: RestartRange;
  /** Paths of the finished shard, of its checkpoint, and of its lease. */
  readonly files: Readonly<Record<'done' | 'going' | 'lease', string>>;
}

export class StageShards {
  readonly all: readonly Shard[];
  readonly #stage: FitStage;
  readonly #fit: Omit<ShardKey, 'first' | 'count'>;
  readonly #ended = new Map<Shard, { readonly state: TrainingState; readonly mark: string }>();

  /** @param name name of the stage within the folder @param maxShards maximum; a shard has at least one restart */
  constructor(
    folder: string,
    name: string,
    stage: FitStage,
    {
      maxShards,
      key,
    }: {
      readonly maxShards: number;
      readonly key: Omit<ShardKey, 'stage' | 'restarts' | 'first' | 'count' | 'inputs'>;
    },
  ) {
    this.#stage = stage;
    this.#fit = { ...key, stage: name, restarts: stage.runs, inputs: inputsOf(stage) };
    this.all = rangesOf(stage.runs, maxShards).map((range, number) => {
      const path = join(folder, `${name}.${number}`);
      const files = { done: `${path}.safetensors`, going: `${path}.going.safetensors`, lease: `${path}.lease` };
      return { number, range, files };
    });
  }

  /** Reads shards that were finished or changed since the last look. @throws as `readShard` */
  async look(): Promise<void> {
    for (const shard of this.all) {
      const mark = await markOf(shard.files.done);
      if (mark === undefined || this.#ended.get(shard)?.mark === mark) continue;
      const state = await this.#read(shard, 'done');
      if (state) this.#ended.set(shard, { state, mark });
    }
  }

  /** Name of the stage within the folder, and digest of its inputs. */
  get beginning(): readonly string[] {
    return [this.#fit.stage, this.#fit.inputs];
  }

  /** Shards that need more training. */
  get open(): Shard[] {
    return this.all.filter((shard) => !this.#isDone(shard));
  }

  /**
   * Returns a shard as a separate stage. With patience, all shards stop at the epoch at which the whole stage would: a
   * shard that ended before another one improved continues.
   */
  stageOf({ range }: Shard, stopping = this.stopping): FitStage {
    return { ...stageOfRestarts(this.#stage, range), stopping };
  }

  /** Returns the state from which a shard continues, or undefined if it has not begun. */
  async stateOf(shard: Shard): Promise<TrainingState | undefined> {
    return (await this.#read(shard, 'going')) ?? this.#ended.get(shard)?.state;
  }

  /** Writes a checkpoint of a shard. */
  async save(shard: Shard, state: TrainingState): Promise<void> {
    await writeShard(shard.files.going, this.#keyOf(shard), state);
  }

  /** Writes a shard that has ended. It may open again if another shard improves later. */
  async finish(shard: Shard, state: TrainingState): Promise<void> {
    const { done, going } = shard.files;
    await writeShard(done, this.#keyOf(shard), state);
    await removeFile(going);
  }

  /** Returns the outcome of the stage from all shards. @throws NumericError `all-runs-diverged` */
  outcome(): StageOutcome {
    const { name, runs } = this.#stage;
    const states = this.all.map((shard) => ({ ...shard.range, ...this.#ended.get(shard)!.state }));
    const epoch = Math.max(...states.map((state) => state.epoch));
    const whole = {
      epoch,
      bestObjective: states.flatMap(({ bestObjective }) => bestObjective),
      bestEpoch: states.flatMap(({ bestEpoch }) => bestEpoch),
      improvedAt: Math.max(...states.map(({ improvedAt }) => improvedAt)),
      failures: states
        .flatMap(({ failures, first }) => failures.map((failure) => ({ ...failure, restart: first + failure.restart })))
        .sort((a, b) => a.step - b.step || a.restart - b.restart),
      history: Array.from({ length: epoch }, (_, at) => mergedEpoch(states, at, runs)),
    };
    return outcomeOf(name, whole, stackRuns(states.map((state) => this.#bestOf(state))));
  }

  /** The stopping rule of the shards that train now. */
  get stopping(): Stopping {
    return stoppingOfShard(
      this.#stage.stopping,
      Array.from(this.#ended.values(), ({ state }) => state),
    );
  }

  #isDone(shard: Shard): boolean {
    const state = this.#ended.get(shard)?.state;
    const { epochs } = this.#stage;
    return state !== undefined && isOver({ epochs, runs: shard.range.count, stopping: this.stopping }, state);
  }

  /** Reads a file of a shard. Returns undefined if it does not exist, or is being replaced now. */
  async #read(shard: Shard, which: 'done' | 'going'): Promise<TrainingState | undefined> {
    const path = shard.files[which];
    try {
      return (await exists(path)) ? await readShard(path, this.#keyOf(shard)) : undefined;
    } catch (error) {
      if (error instanceof FileError || causeCode(error) === 'missing-file') {
        if (!(await exists(path))) return undefined;
      }
      throw error;
    }
  }

  #keyOf({ range }: Shard): ShardKey {
    return { ...this.#fit, ...range };
  }

  #bestOf({ best, count }: TrainingState & RestartRange): ParameterValues {
    const { runs, compiled, compiledFor } = this.#stage;
    return parametersOf(count === runs ? compiled : compiledFor(count), best);
  }
}

/**
 * Returns a text that changes when a file is replaced, or undefined if there is none. It opens the file, because
 * network file systems cache the attributes of a path.
 */
async function markOf(path: string): Promise<string | undefined> {
  try {
    const file = await openInternal(path, constants.O_RDONLY);
    try {
      const { ino, size, mtimeNs } = await file.stat({ bigint: true });
      return `${ino} ${size} ${mtimeNs}`;
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (['ENOENT', 'ESTALE'].includes(causeCode(cause))) return undefined;
    throw readError(path, cause);
  }
}

/** Merges the metrics of an epoch over all shards. A shard that ended earlier has none; its values are null. */
function mergedEpoch(states: readonly (TrainingState & RestartRange)[], epoch: number, runs: number): EpochMetrics {
  const ofShards = states.map(({ history }) => history.at(epoch));
  const present = ofShards.filter((one) => one !== undefined);
  const merged = (kind: 'training' | 'validation'): RestartValues =>
    Object.fromEntries(
      Object.keys(present[0][kind]).map((name) => {
        const values = new Array<number | null>(runs).fill(null);
        ofShards.forEach((one, i) =>
          one?.[kind][name].forEach((value, run) => (values[states[i].first + run] = value)),
        );
        return [name, values];
      }),
    );
  return {
    ...present[0],
    seconds: Math.max(...present.map(({ seconds }) => seconds)),
    training: merged('training'),
    validation: merged('validation'),
  };
}
