// A fitted model at work: latents, reconstructions, gates and strengths of given rows, for one run or all runs of a
// fit.

import type { ObservedValues } from '../data/dataset.js';
import { StateError } from '../errors.js';
import { MultimodalModel, type ModelConfig } from '../models/multimodal.js';
import type { ProgramOptions } from '../runtime/program.js';
import { BatchProgram, type Output, type ParameterValues } from './batch-program.js';

export type { ParameterValues } from './batch-program.js';

/** A few subjects do not pay for a large batch; 16 fill the widest vectors. */
const SMALL_BATCH = 16;
const LARGE_BATCH = 512;
const MOST_SMALL_BATCHES = 4;

export class Inference {
  readonly #model: MultimodalModel;
  readonly #parameters: ParameterValues;
  readonly #options: ProgramOptions;
  /** By output and batch, each made when first asked for. */
  readonly #programs = new Map<string, BatchProgram>();
  #disposed = false;

  /** @param parameters of `runs` runs */
  constructor(config: ModelConfig, runs: number, parameters: ParameterValues, options: ProgramOptions = {}) {
    this.#model = new MultimodalModel(config, runs);
    this.#parameters = parameters;
    this.#options = options;
  }

  /**
   * Posterior means of z. A row's bits do not depend on the rows beside it.
   * @param values per modality in the study's order, rows × columns, standardised as in training; what is missing is 0
   *   and marked where the model knows of missing values
   * @returns per run, rows × D
   * @throws InputError `damaged-file` when the weights do not fit the model; StateError `disposed`; DeviceError
   */
  encode(values: readonly ObservedValues[], rows: number): Promise<Float32Array[]> {
    return this.#perRow('encode', values, rows, this.#model.layout.latents);
  }

  /**
   * Posteriors, per run: rows × (D + 2 · width): z, then means and log-variances of (z or its subspace, η), modalities
   * in the study's order. Throws as `encode` does.
   */
  posterior(values: readonly ObservedValues[], rows: number): Promise<Float32Array[]> {
    const { layout } = this.#model;
    const width = layout.modalities.reduce((sum, m) => sum + m.latents + m.exogenous, 0);
    return this.#perRow('posterior', values, rows, layout.latents + 2 * width);
  }

  /** x̂ of the posterior means, per run: rows × Σ columns, modalities in the study's order. Throws as `encode` does. */
  reconstruct(values: readonly ObservedValues[], rows: number): Promise<Float32Array[]> {
    return this.#perRow('reconstruct', values, rows, this.#model.layout.values);
  }

  /** P per run, D × D (row child, column parent), averaged over whole batches of the rows. Throws as `encode` does. */
  async strengths(values: readonly ObservedValues[], rows: number): Promise<Float32Array[]> {
    const size = this.#model.layout.latents ** 2;
    const program = this.#program('strengths', Math.min(LARGE_BATCH, rows));
    const batches = Math.floor(rows / program.batch);
    const sums = this.#forEachRun(() => new Float32Array(size));
    for (let b = 0; b < batches; b++) {
      const results = await program.run(values, b * program.batch, program.batch);
      sums.forEach((sum, run) => {
        for (let i = 0; i < size; i++) sum[i] += results[run * size + i] / batches;
      });
    }
    return sums;
  }

  /** Gates read as 0 or 1, per run, D × D (row child, column parent). Throws as `encode` does. */
  async gates(): Promise<Float32Array[]> {
    const size = this.#model.layout.latents ** 2;
    const results = await this.#program('gates', 1).run([], 0, 0);
    return this.#forEachRun((run) => results.slice(run * size, (run + 1) * size));
  }

  /** Frees the programs; calls in flight reject with `disposed`. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await Promise.all([...this.#programs.values()].map((program) => program.dispose()));
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

  /** An output `[runs, features, batch]` for all rows: rows × features, per run. */
  async #perRow(
    output: Output,
    values: readonly ObservedValues[],
    rows: number,
    features: number,
  ): Promise<Float32Array[]> {
    const program = this.#program(output, rows <= SMALL_BATCH * MOST_SMALL_BATCHES ? SMALL_BATCH : LARGE_BATCH);
    const { batch } = program;
    const perRun = this.#forEachRun(() => new Float32Array(rows * features));
    for (let start = 0; start < rows; start += batch) {
      const count = Math.min(batch, rows - start);
      const results = await program.run(values, start, count);
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
