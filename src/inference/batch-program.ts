// Computes one output of a fitted model for mini-batches of one size: rows in, features out. Small programs run on the
// calling thread.

import { compile } from '../compile/index.js';
import type { ObservedValues } from '../data/dataset.js';
import { valueCount } from '../data/observation.js';
import { selectSubjects, type SelectedValues } from '../data/select-rows.js';
import { InputError, StateError } from '../errors/errors.js';
import { termCount } from '../data/causes.js';
import { CAUSE_TERMS, causeBatches, termRows } from '../networks/cause-effects.js';
import { concat, data, type Node } from '../graph/index.js';
import { sizeOf } from '../graph/shapes.js';
import type { NoiseSource } from '../networks/latent-prior.js';
import { perLatent, stackModalities } from '../networks/layout.js';
import type { Observed } from '../networks/observation-network.js';
import type { MultimodalModel } from '../networks/multimodal.js';
import { Program, type ProgramOptions } from '../runtime/program.js';
import { SerialQueue } from '../threads/serial-queue.js';
import { copyRows, dataName, maskName, miniBatches } from '../networks/sources.js';

/** Values of parameters by name, `[runs, …]`. */
export type ParameterValues = ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>;

/** A noise source for posterior means, which need no noise. It throws if noise is requested. */
export const noNoise: NoiseSource = {
  normal: () => unreachable(),
  uniform: () => unreachable(),
};

/** Outputs of a fitted model, from one mini-batch per group. */
const OUTPUTS = {
  /** Posterior means of z, `[runs, D, batch]`. */
  encode: (model, x) => model.latents(model.inferLatents(x).mean),
  /** z, then means and log-variances of (z or its subspace, η), `[runs, D + 2 · width, batch]`. */
  posterior: (model, x) => {
    const { mean, logVariance } = model.infer(x);
    return concat(
      [model.latents(mean), stackModalities(model.layout, mean), stackModalities(model.layout, logVariance)],
      1,
    );
  },
  /** x̂ of the posterior means, `[runs, Σ columns, batch]`. */
  reconstruct: (model, x) => stackModalities(model.layout, model.decode(model.infer(x).mean, x)),
  /** P over the batch, `[runs, D, D]`. */
  strengths: (model, x, causes) => {
    const { mean, present } = model.inferLatents(x);
    const { z } = model.components(mean);
    const known = present && perLatent(model.layout, present);
    const gates = model.prior.gates('hard', noNoise);
    return model.edges(model.prior.strengths(z, model.prior.condition(z, gates, known, causes)));
  },
  /** Gates rounded to 0 or 1, `[runs, D, D]`; they need no rows. */
  gates: (model) => model.edges(model.prior.gates('hard', noNoise)),
} satisfies Record<string, (model: MultimodalModel, x: readonly Observed[], causes: Node | undefined) => Node>;

export type Output = keyof typeof OUTPUTS;

/**
 * Maximum number of multiply-adds of a batch that runs on the calling thread, about 0.1 ms. The detour through the
 * thread of the program would cost 0.01 ms.
 */
const MAX_WORK_HERE = 4e6;

interface GroupRows {
  readonly values: Float32Array;
  readonly observed: Float32Array | undefined;
}

export class BatchProgram {
  readonly batch: number;
  readonly nativeBytes: number;
  readonly #model: MultimodalModel;
  readonly #output: Output;
  readonly #program: Program;
  readonly #runsHere: boolean;
  /** A batch of rows, and of marks of observed values, per group. Every call fills them again. */
  readonly #rows: readonly GroupRows[];
  /** T, the number of terms of causes; 0 if the output does not depend on them. */
  readonly #terms: number;
  readonly #queue = new SerialQueue();
  #disposed = false;

  /** @throws InputError `damaged-file` if a parameter is missing or has another size; DeviceError */
  constructor(
    model: MultimodalModel,
    output: Output,
    batch: number,
    parameters: ParameterValues,
    options: ProgramOptions,
  ) {
    this.#model = model;
    this.#output = output;
    this.batch = batch;
    const order = data('order', [1, 1, batch], 'int32');
    const x = miniBatches(model.layout, batch, order);
    const { causes } = model.config;
    const y = OUTPUTS[output](model, x, causes && causeBatches(causes, batch, order));
    const compiled = compile({ runs: model.runs, entries: { [output]: { outputs: { y } } } });
    this.#terms = causes && CAUSE_TERMS in compiled.data ? termCount(causes) : 0;
    for (const [name, { shape }] of Object.entries(compiled.parameters)) {
      if (parameters.get(name)?.values.length !== sizeOf(shape)) {
        throw new InputError('damaged-file', `The weights lack "${name}" of shape [${shape.join(', ')}].`, { name });
      }
    }
    const weights = Object.values(compiled.parameters).reduce((total, { shape }) => total + sizeOf(shape), 0);
    this.#program = Program.load(compiled, options);
    this.#runsHere = this.#program.runsHere && weights * batch <= MAX_WORK_HERE;
    this.nativeBytes = this.#program.memory().total;
    for (const name of Object.keys(compiled.parameters)) {
      this.#program.set('parameters', name, parameters.get(name)!.values);
    }
    const readsRows = 'order' in compiled.data;
    this.#rows = readsRows
      ? model.layout.groups.map(({ members, observation }) => {
          const table = (): Float32Array => new Float32Array(batch * members.length * valueCount(observation));
          return { values: table(), observed: observation.masked ? table() : undefined };
        })
      : [];
    if (readsRows) {
      this.#program.set(
        'data',
        'order',
        Int32Array.from({ length: batch }, (_, i) => i),
      );
    }
  }

  /**
   * Returns the output for some subjects, at most a batch. Entries beyond them have no meaning.
   * @param values per modality in the study's order, subjects × columns, standardised as in training
   * @param causes terms of observed causes, subjects × T, if the output depends on them. Default: the reference
   * @throws StateError `disposed` if the model is disposed meanwhile
   */
  async run(values: readonly ObservedValues[], subjects: Int32Array, causes?: Float32Array): Promise<Float32Array> {
    if (this.#runsHere) {
      this.#fill(values, subjects, causes);
      return this.#program.runSync(this.#output).results;
    }
    return this.#queue.run(async () => {
      this.#fill(values, subjects, causes);
      const { results, cancelled } = await this.#program.run(this.#output);
      if (cancelled) throw disposedMeanwhile();
      return results;
    });
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.#program.dispose();
  }

  #fill(values: readonly ObservedValues[], subjects: Int32Array, causes: Float32Array | undefined): void {
    if (this.#disposed) throw disposedMeanwhile();
    if (this.#terms > 0) this.#program.set('data', CAUSE_TERMS, termRows(causes, subjects, this.#terms, this.batch));
    this.#rows.forEach((rows, g) => {
      const { members, observation } = this.#model.layout.groups[g];
      const width = valueCount(observation);
      const selected = new Map(members.map((m) => [m, rowsOf(values[m], width, subjects)]));
      const count = subjects.length;
      copyRows(members, (m) => selected.get(m)!.values, { width, count }, rows.values);
      this.#program.set('data', dataName(g), rows.values);
      if (!rows.observed) return;
      copyRows(members, (m) => selected.get(m)!.observed, { width, count }, rows.observed);
      this.#program.set('data', maskName(g), rows.observed);
    });
  }
}

/** Does the same as `selectSubjects`, without a copy of consecutive subjects. */
function rowsOf(values: ObservedValues, width: number, subjects: Int32Array): SelectedValues {
  const [first] = subjects;
  if (values.stored || !subjects.every((subject, i) => subject === first + i)) {
    return selectSubjects(values, width, subjects);
  }
  const part = [first * width, (first + subjects.length) * width] as const;
  return { values: values.values.subarray(...part), observed: values.observed?.subarray(...part) };
}

function disposedMeanwhile(): StateError {
  return new StateError('disposed', 'The model was disposed during a computation; load or fit it again.');
}

function unreachable(): never {
  throw new TypeError('inference draws no noise');
}
