// A fitted model at work: latents, reconstructions, gates and strengths of given rows, for one run or all runs of a fit.

import { compile, type CompiledProgram } from '../compile/index.js';
import { InputError, StateError } from '../errors.js';
import { data } from '../graph/index.js';
import { sizeOf } from '../graph/shapes.js';
import type { NoiseSource } from '../models/latent-prior.js';
import { MultimodalModel, type ModelConfig } from '../models/multimodal.js';
import { stackModalities } from '../models/layout.js';
import { Program, type ProgramOptions } from '../runtime/program.js';
import { dataName, groupValues, miniBatches } from './sources.js';

/** Values of named parameters, `[runs, …]`. */
export type ParameterValues = ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>;

/** Posterior means need no noise; asking for some is a defect. */
const noNoise: NoiseSource = {
  normal: () => unreachable(),
  uniform: () => unreachable(),
};

export class Inference {
  private readonly model: MultimodalModel;
  private readonly compiled: CompiledProgram;
  private readonly program: Program;
  private readonly batch: number;
  /** The call before; a program runs one thing at a time. */
  private last: Promise<unknown> = Promise.resolve();
  private disposed = false;

  /**
   * @param batch rows per step; longer inputs are run in several
   * @param parameters of `runs` runs
   */
  constructor(
    config: ModelConfig,
    runs: number,
    batch: number,
    parameters: ParameterValues,
    options: ProgramOptions = {},
  ) {
    this.batch = batch;
    this.model = new MultimodalModel(config, runs);
    this.compiled = inferenceProgram(this.model, batch);
    for (const [name, { shape }] of Object.entries(this.compiled.parameters)) {
      if (parameters.get(name)?.values.length !== sizeOf(shape)) {
        throw new InputError('damaged-file', `The weights lack "${name}" of shape [${shape.join(', ')}].`, { name });
      }
    }
    this.program = Program.load(this.compiled, options);
    this.program.set(
      'data',
      'order',
      Int32Array.from({ length: batch }, (_, i) => i),
    );
    for (const name of Object.keys(this.compiled.parameters)) {
      this.program.set('parameters', name, parameters.get(name)!.values);
    }
  }

  /**
   * Posterior means of z.
   * @param values per modality in the study's order, rows × columns, standardised as in training
   * @returns per run, rows × D
   */
  encode(values: readonly Float32Array[], rows: number): Promise<Float32Array[]> {
    return this.queued(() => this.forRows('encode', values, rows, this.model.layout.latents));
  }

  /** x̂ of the posterior means, per run: rows × Σ columns, modalities in the study's order. */
  reconstruct(values: readonly Float32Array[], rows: number): Promise<Float32Array[]> {
    const columns = this.model.config.modalities.reduce((total, m) => total + m.columns, 0);
    return this.queued(() => this.forRows('reconstruct', values, rows, columns));
  }

  /** P per run, D × D (row child, column parent), averaged over whole batches of the rows; at least one batch is needed. */
  strengths(values: readonly Float32Array[], rows: number): Promise<Float32Array[]> {
    return this.queued(() => this.meanStrengths(values, rows));
  }

  private async meanStrengths(values: readonly Float32Array[], rows: number): Promise<Float32Array[]> {
    const size = this.model.layout.latents ** 2;
    const sums = Array.from({ length: this.model.runs }, () => new Float32Array(size));
    const batches = Math.floor(rows / this.batch);
    for (let b = 0; b < batches; b++) {
      this.load(values, b * this.batch, this.batch);
      const { results } = await this.run('strengths');
      sums.forEach((sum, run) => {
        for (let i = 0; i < size; i++) sum[i] += results[run * size + i] / batches;
      });
    }
    return sums;
  }

  /** Gates read as 0 or 1, per run, D × D (row child, column parent). */
  gates(): Promise<Float32Array[]> {
    const size = this.model.layout.latents ** 2;
    return this.queued(async () => {
      const { results } = await this.run('gates');
      return Array.from({ length: this.model.runs }, (_, run) => results.slice(run * size, (run + 1) * size));
    });
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    await this.program.dispose();
  }

  private queued<T>(work: () => Promise<T>): Promise<T> {
    const next = this.last.then(work);
    this.last = next.catch(() => undefined);
    return next;
  }

  /** One step of an entry. @throws StateError `disposed` when the model is disposed meanwhile */
  private async run(entry: string): Promise<{ results: Float32Array }> {
    if (this.disposed) throw disposedMeanwhile();
    const { results, cancelled } = await this.program.run(entry);
    if (cancelled) throw disposedMeanwhile();
    return { results };
  }

  /** Runs an entry whose one output is `[runs, features, batch]` and returns it rows × features, per run. */
  private async forRows(
    entry: string,
    values: readonly Float32Array[],
    rows: number,
    features: number,
  ): Promise<Float32Array[]> {
    const { batch } = this;
    const outputs = Array.from({ length: this.model.runs }, () => new Float32Array(rows * features));
    for (let start = 0; start < rows; start += batch) {
      const count = Math.min(batch, rows - start);
      this.load(values, start, count);
      const { results } = await this.run(entry);
      outputs.forEach((output, run) => {
        for (let f = 0; f < features; f++) {
          const source = (run * features + f) * batch;
          for (let i = 0; i < count; i++) output[(start + i) * features + f] = results[source + i]!;
        }
      });
    }
    return outputs;
  }

  /** Uploads rows `start … start + count`; the rest of the batch keeps what it held and is ignored. */
  private load(values: readonly Float32Array[], start: number, count: number): void {
    const { layout, config } = this.model;
    const rows = values.map((all, m) => {
      const { columns } = config.modalities[m];
      const part = new Float32Array(this.batch * columns);
      part.set(all.subarray(start * columns, (start + count) * columns));
      return part;
    });
    layout.groups.forEach((_, g) => this.program.set('data', dataName(g), groupValues(layout, g, rows, this.batch)));
  }
}

function inferenceProgram(model: MultimodalModel, batch: number): CompiledProgram {
  const x = miniBatches(model.layout, batch, data('order', [1, 1, batch], 'int32'));
  const posterior = model.encode(x);
  const z = model.latents(posterior.mean);
  const gates = model.prior.gates('hard', noNoise);
  const xHat = stackModalities(model.layout, model.decode(posterior.mean));
  return compile({
    runs: model.runs,
    entries: {
      encode: { outputs: { z } },
      reconstruct: { outputs: { x: xHat } },
      strengths: { outputs: { strengths: model.prior.strengths(z, model.prior.condition(z, gates)) } },
      gates: { outputs: { gates } },
    },
  });
}

function disposedMeanwhile(): StateError {
  return new StateError('disposed', 'The model was disposed while it was at work; load or fit it again.');
}

function unreachable(): never {
  throw new TypeError('inference draws no noise');
}
