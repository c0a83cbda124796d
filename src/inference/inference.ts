// Inference with a fitted model: latents, reconstructions, gates and strengths for some rows, for one run or all runs
// of a fit.

import type { ObservedValues, Dataset } from '../data/dataset.js';
import { valueCount } from '../data/observation.js';
import { consecutive } from '../data/select-rows.js';
import { StateError } from '../errors/errors.js';
import type { LatentLayout } from '../networks/layout.js';
import { MultimodalModel, type ModelConfig } from '../networks/multimodal.js';
import type { ProgramOptions } from '../runtime/program.js';
import { BatchProgram, type Output, type ParameterValues } from './batch-program.js';

export type { ParameterValues } from './batch-program.js';

/**
 * Batch sizes. A large batch is inefficient for few subjects; 16 fill the widest vectors. A model compiles the program
 * of each size on first use.
 */
const SMALL_BATCH = 16;
const MIDDLE_BATCH = 128;
const LARGE_BATCH = 512;
/** Maximum number of batches of one size; for more subjects, the next size is used. */
const MAX_BATCHES = 3;
/** Maximum number of values of a batch in one modality, which limits the batch size of large images. */
const MAX_VALUES = 2 ** 23;
/** The number of first subjects, or a list of subjects. */
export type Subjects = number | Int32Array;
/** Returns the number of subjects in a large batch. */
function largeBatch({ modalities }: LatentLayout): number {
  const widest = Math.max(...modalities.map(({ observation }) => valueCount(observation)));
  return Math.min(LARGE_BATCH, Math.max(SMALL_BATCH, Math.floor(MAX_VALUES / widest / SMALL_BATCH) * SMALL_BATCH));
}

function subjectsOf(rows: Subjects): Int32Array {
  return typeof rows === 'number' ? consecutive(0, rows) : rows;
}

export class Inference {
  readonly #model: MultimodalModel;
  readonly #parameters: ParameterValues;
  readonly #options: ProgramOptions;
  /** Programs by output and batch size, created on first use. */
  readonly #programs = new Map<string, BatchProgram>();
  #disposed = false;

  /** @param parameters parameters of `runs` runs */
  constructor(config: ModelConfig, runs: number, parameters: ParameterValues, options: ProgramOptions = {}) {
    this.#model = new MultimodalModel(config, runs);
    this.#parameters = parameters;
    this.#options = options;
  }

  /**
   * Returns the posterior means of z. The bits of a row do not depend on the other rows.
   * @param values per modality in the study's order, subjects × columns, standardised as in training; missing values
   *   are
   *   0, and marked if the model has a mask
   * @param rows the subjects to encode, which are the rows of the result
   * @returns per run, rows × D
   * @throws InputError `damaged-file` if the weights do not fit the model; StateError `disposed`; DeviceError; the
   *   signal's reason
   */
  encode(values: readonly ObservedValues[], rows: Subjects, signal?: AbortSignal): Promise<Float32Array[]> {
    return this.#perRow('encode', values, { rows, features: this.#model.layout.latents, signal });
  }

  /**
   * Returns posteriors per run, rows × (D + 2 · width): z, then means and log-variances of (z or its subspace, η), with
   * modalities in the study's order. Throws the same errors as `encode`.
   */
  posterior(values: readonly ObservedValues[], rows: Subjects, signal?: AbortSignal): Promise<Float32Array[]> {
    const { layout } = this.#model;
    const width = layout.modalities.reduce((sum, m) => sum + m.latents + m.exogenous, 0);
    return this.#perRow('posterior', values, { rows, features: layout.latents + 2 * width, signal });
  }

  /**
   * Returns x̂ of the posterior means per run, rows × Σ columns, with modalities in the study's order. Throws the same
   * errors as `encode`.
   */
  reconstruct(values: readonly ObservedValues[], rows: Subjects): Promise<Float32Array[]> {
    return this.#perRow('reconstruct', values, { rows, features: this.#model.layout.values });
  }

  /**
   * Returns P per run, D × D (row child, column parent), averaged over whole batches of the rows. Throws the same
   * errors as `encode`.
   * @param causes terms of observed causes, subjects × T. Default: the reference
   */
  async strengths(values: readonly ObservedValues[], rows: Subjects, causes?: Float32Array): Promise<Float32Array[]> {
    const size = this.#model.layout.latents ** 2;
    const subjects = subjectsOf(rows);
    const program = this.#program('strengths', Math.min(this.#largeBatch, subjects.length));
    const batches = Math.floor(subjects.length / program.batch);
    const sums = this.#forEachRun(() => new Float32Array(size));
    for (let b = 0; b < batches; b++) {
      const results = await program.run(values, subjects.subarray(b * program.batch, (b + 1) * program.batch), causes);
      sums.forEach((sum, run) => {
        for (let i = 0; i < size; i++) sum[i] += results[run * size + i] / batches;
      });
    }
    return sums;
  }

  /** Returns gates rounded to 0 or 1 per run, D × D (row child, column parent). Throws the same errors as `encode`. */
  async gates(): Promise<Float32Array[]> {
    const size = this.#model.layout.latents ** 2;
    const results = await this.#program('gates', 1).run([], new Int32Array());
    return this.#forEachRun((run) => results.slice(run * size, (run + 1) * size));
  }

  /** Number of bytes of the programs created so far. */
  get nativeBytes(): number {
    let bytes = 0;
    for (const program of this.#programs.values()) bytes += program.nativeBytes;
    return bytes;
  }

  /** Frees the programs. Pending calls reject with `disposed`. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await Promise.all([...this.#programs.values()].map((program) => program.dispose()));
  }

  get #largeBatch(): number {
    return largeBatch(this.#model.layout);
  }

  #program(output: Output, batch: number): BatchProgram {
    if (this.#disposed) throw new StateError('disposed', 'This model was disposed; load or fit it again.');
    const key = `${output} ${batch}`;
    let program = this.#programs.get(key);
    if (!program) {
      program = new BatchProgram(this.#model, output, batch, this.#parameters, this.#options);
      this.#programs.set(key, program);
    }
    return program;
  }

  /** Computes an output `[runs, features, batch]` for all rows. Returns rows × features per run. */
  async #perRow(
    output: Output,
    values: readonly ObservedValues[],
    { rows, features, signal }: { rows: Subjects; features: number; signal?: AbortSignal | undefined },
  ): Promise<Float32Array[]> {
    const subjects = subjectsOf(rows);
    const { length } = subjects;
    const sizes = [SMALL_BATCH, MIDDLE_BATCH].filter((size) => size < this.#largeBatch);
    const fitting = sizes.find((size) => length <= size * MAX_BATCHES);
    const program = this.#program(output, fitting ?? this.#largeBatch);
    const { batch } = program;
    const perRun = this.#forEachRun(() => new Float32Array(length * features));
    for (let start = 0; start < length; start += batch) {
      signal?.throwIfAborted();
      const count = Math.min(batch, length - start);
      const results = await program.run(values, subjects.subarray(start, start + count));
      perRun.forEach((target, run) => {
        for (let f = 0; f < features; f++) {
          const source = (run * features + f) * batch;
          for (let i = 0; i < count; i++) target[(start + i) * features + f] = results[source + i];
        }
      });
    }
    return perRun;
  }

  #forEachRun<T>(make: (run: number) => T): T[] {
    return Array.from({ length: this.#model.runs }, (_, run) => make(run));
  }
}

/**
 * Returns the posterior means of every subject, subjects × D.
 * @param parameters parameters of one run
 * @throws what `Inference.encode` throws
 */
export async function encodeDataset(
  { modalities, ids }: Dataset,
  model: ModelConfig,
  parameters: ParameterValues,
  options: ProgramOptions,
): Promise<Float32Array> {
  const inference = new Inference(model, 1, parameters, options);
  try {
    const [latents] = await inference.encode(modalities, ids.length);
    return latents;
  } finally {
    await inference.dispose();
  }
}
