// The shards of one stage: which are done, which are to be trained on, and what they come to together.

import { constants } from 'node:fs';
import { join } from 'node:path';
import { FileError } from '../errors.js';
import { removeFile } from '../files/atomic.js';
import { openInternal, readError } from '../files/bytes.js';
import { causeCode } from '../files/cause.js';
import { exists } from '../files/exists.js';
import type { ParameterValues } from '../inference/inference.js';
import { sizeOf } from '../graph/shapes.js';
import { outcomeOf, stackRuns, type StageOutcome } from '../training/outcome.js';
import type { FitStage, Patience } from '../training/stage.js';
import { stageOfRestarts, rangesOf, type RestartRange } from '../training/stage-of-restarts.js';
import type { EpochMetrics, TrainingState, RestartValues } from '../training/training-state.js';
import { inputsOf, readShard, writeShard, type ShardKey } from './shard-file.js';

export interface Shard {
  readonly number: number;
  readonly range: RestartRange;
  /** Where it ends up, where it is kept while it is trained, and who does that. */
  readonly files: Readonly<Record<'done' | 'going' | 'lease', string>>;
}

export class StageShards {
  readonly all: readonly Shard[];
  readonly #stage: FitStage;
  readonly #fit: Omit<ShardKey, 'first' | 'count'>;
  readonly #ended = new Map<Shard, { readonly state: TrainingState; readonly mark: string }>();

  /** @param name of the stage within the folder @param most so many shards, if the stage has as many restarts */
  constructor(
    folder: string,
    name: string,
    stage: FitStage,
    {
      most,
      key,
    }: { readonly most: number; readonly key: Omit<ShardKey, 'stage' | 'restarts' | 'first' | 'count' | 'inputs'> },
  ) {
    this.#stage = stage;
    this.#fit = { ...key, stage: name, restarts: stage.runs, inputs: inputsOf(stage) };
    this.all = rangesOf(stage, most).map((range, number) => {
      const path = join(folder, `${name}.${number}`);
      const files = { done: `${path}.safetensors`, going: `${path}.going.safetensors`, lease: `${path}.lease` };
      return { number, range, files };
    });
  }

  /** Reads what others have done since. @throws what `readShard` throws */
  async look(): Promise<void> {
    for (const shard of this.all) {
      const mark = await markOf(shard.files.done);
      if (mark === undefined || this.#ended.get(shard)?.mark === mark) continue;
      const state = await this.#read(shard, 'done');
      if (state) this.#ended.set(shard, { state, mark });
    }
  }

  /** Its name within the folder, and the digest of what it begins with. */
  get beginning(): readonly string[] {
    return [this.#fit.stage, this.#fit.inputs];
  }

  /** Those that nobody has trained far enough. */
  get open(): Shard[] {
    return this.all.filter((shard) => !this.#isDone(shard));
  }

  /**
   * A shard as a stage of its own. With patience, all shards of a stage stop where the stage as a whole would: one that
   * ended before another improved goes on from there.
   */
  stageOf({ range }: Shard, patience = this.patience): FitStage {
    return { ...stageOfRestarts(this.#stage, range), ...(patience && { patience }) };
  }

  /** Where to go on with a shard. */
  async stateOf(shard: Shard): Promise<TrainingState | undefined> {
    return (await this.#read(shard, 'going')) ?? this.#ended.get(shard)?.state;
  }

  /** A checkpoint of a shard that is trained. */
  async save(shard: Shard, state: TrainingState): Promise<void> {
    await writeShard(shard.files.going, this.#keyOf(shard), state);
  }

  /** One that has ended, as far as it knows. */
  async finish(shard: Shard, state: TrainingState): Promise<void> {
    const { done, going } = shard.files;
    await writeShard(done, this.#keyOf(shard), state);
    await removeFile(going);
  }

  /** What the stage came to. @throws NumericError `all-runs-diverged` */
  outcome(): StageOutcome {
    const { name, runs } = this.#stage;
    const states = this.all.map((shard) => ({ ...shard.range, ...this.#ended.get(shard)!.state }));
    const parameters = stackRuns(states.map((state) => this.#bestOf(state)));
    const epoch = Math.max(...states.map((state) => state.epoch));
    return outcomeOf({
      name,
      parameters,
      epoch,
      bestObjective: states.flatMap(({ bestObjective }) => bestObjective),
      bestEpoch: states.flatMap(({ bestEpoch }) => bestEpoch),
      failures: states
        .flatMap(({ failures, first }) => failures.map((failure) => ({ ...failure, restart: first + failure.restart })))
        .sort((a, b) => a.step - b.step || a.restart - b.restart),
      history: Array.from({ length: epoch }, (_, at) => mergedEpoch(states, at, runs)),
    });
  }

  /** That of the stage, with what is known of all shards. */
  get patience(): Patience | undefined {
    const { patience } = this.#stage;
    if (!patience) return undefined;
    const improved = Array.from(this.#ended.values(), ({ state }) => state.improvedAt);
    return { ...patience, from: Math.max(patience.from, ...improved) };
  }

  #isDone(shard: Shard): boolean {
    const state = this.#ended.get(shard)?.state;
    if (!state) return false;
    const { epochs } = this.#stage;
    const { patience } = this;
    const last = patience ? patience.from + patience.epochs + 1 : epochs;
    const isLost = new Set(state.failures.map(({ restart }) => restart)).size === shard.range.count;
    return isLost || state.epoch >= Math.min(epochs, last);
  }

  /** Undefined for a file that is not there, or is replaced at this moment. */
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
    const { parameters } = count === runs || !compiledFor ? compiled : compiledFor(count);
    return new Map(
      Object.entries(parameters).map(([name, { offset, shape }]) => [
        name,
        { shape, values: best.slice(offset, offset + sizeOf(shape)) },
      ]),
    );
  }
}

/** Tells one state of a file from the next; undefined where there is none. Opened, since networks remember old answers. */
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

/** An epoch of all shards; one whose runs had all ended before has none. */
function mergedEpoch(states: readonly (TrainingState & RestartRange)[], epoch: number, runs: number): EpochMetrics {
  const own = states.map(({ history }) => history.at(epoch));
  const told = own.filter((one) => one !== undefined);
  const merged = (kind: 'training' | 'validation'): RestartValues =>
    Object.fromEntries(
      Object.keys(told[0][kind]).map((name) => {
        const values = new Array<number | null>(runs).fill(null);
        own.forEach((one, i) => one?.[kind][name].forEach((value, run) => (values[states[i].first + run] = value)));
        return [name, values];
      }),
    );
  return {
    ...told[0],
    seconds: Math.max(...told.map(({ seconds }) => seconds)),
    training: merged('training'),
    validation: merged('validation'),
  };
}
