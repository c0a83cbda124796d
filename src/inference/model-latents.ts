// Latents and reconstructions of subjects by modality, for any set of modalities and with missing values.

import { termsOfSubjects, type Cause, type CauseScales } from '../data/causes.js';
import type { ModalityScales, ObservedValues, Subjects } from '../data/dataset.js';
import { rescale } from '../data/rescale.js';
import { valueCount } from '../data/observation.js';
import { valuesPerSubject } from '../data/regular-array.js';
import { presenceOf } from '../data/presence.js';
import { consecutive } from '../data/select-rows.js';
import { InputError, StateError } from '../errors/errors.js';
import type { Gaussian } from '../linear/index.js';
import { block } from '../metrics/index.js';
import { latentLayout } from '../networks/layout.js';
import type { ModelConfig } from '../networks/multimodal.js';
import type { ProgramOptions } from '../runtime/program.js';
import { fillGaps } from './gap-filling.js';
import { Inference } from './inference.js';
import { latentPosterior, type LatentModel } from './latent-posterior.js';
import { MissingSampler } from './missing-sampler.js';

/** Latents by modality name: subjects × latents, row-major. */
export type Latents = Record<string, Float32Array>;

/** Posterior of the latents of a modality. */
export interface ModalityPosterior {
  /** Subjects × latents, row-major. */
  readonly mean: Float32Array;
  /** Standard deviations under the posterior of the encoder, or of q(z missing | z observed) for inferred latents. */
  readonly sd: Float32Array;
  /** 1 for subjects without a value of the modality, whose latents are inferred from other modalities. */
  readonly inferred: Uint8Array;
}

export interface FittedLatents extends LatentModel {
  /** Returns the Gaussian over the measured columns of all modalities, see `fillGaps`. */
  readonly gaussian: () => Gaussian | undefined;
  /** Observed causes of the model. */
  readonly causes?: readonly CauseScales[] | undefined;
}

export interface LatentOptions {
  readonly signal?: AbortSignal | undefined;
  /** Observed causes of the subjects, on which inferred latents depend. Default: unknown. */
  readonly causes?: readonly Cause[] | undefined;
}

export class ModelLatents {
  readonly #fitted: FittedLatents;
  readonly #scales: readonly ModalityScales[];
  readonly #options: ProgramOptions;
  readonly #inference: Inference;
  #sampler: MissingSampler | undefined;
  #disposed = false;

  /** @param scales scales of the modalities, in the order of the model */
  constructor(fitted: FittedLatents, scales: readonly ModalityScales[], options: ProgramOptions) {
    this.#fitted = fitted;
    this.#scales = scales;
    this.#options = options;
    this.#inference = new Inference(fitted.model, 1, fitted.parameters, options);
  }

  /** Returns the modalities of the model among these names; all of them, as missing, if there is none. */
  select(names: readonly string[] | undefined): readonly ModalityScales[] {
    const selected = this.#scales.filter(({ name }) => names === undefined || names.includes(name));
    this.#checkShared(selected.map(({ name }) => name));
    return selected.length > 0 ? selected : this.#scales;
  }

  /** Returns posterior means; they are inferred if a subject lacks the modality. */
  async encode(
    selected: readonly ModalityScales[],
    values: readonly ObservedValues[],
    rows: number,
    options: LatentOptions = {},
  ): Promise<Latents> {
    const isAbsent = values.some((modality, i) => presenceOf({ ...selected[i], ...modality }).includes(0));
    if (isAbsent) {
      const posterior = await this.posterior(selected, values, rows, options);
      return Object.fromEntries(selected.map(({ name }) => [name, posterior[name].mean]));
    }
    const latents = await this.encodeKnown(await this.known(selected, values, rows), rows, options.signal);
    return Object.fromEntries(selected.map(({ name }) => [name, latents[name]]));
  }

  /**
   * Returns posterior means of the encoders alone, of all modalities. Those of a modality that a subject lacks have no
   * meaning: they are not inferred. @param known result of `known`
   */
  async encodeKnown(known: readonly ObservedValues[], rows: number, signal?: AbortSignal): Promise<Latents> {
    const [encoded] = await this.#inference.encode(known, rows, signal);
    return this.#split(encoded, rows, (m) => m.latents);
  }

  async posterior(
    selected: readonly ModalityScales[],
    values: readonly ObservedValues[],
    rows: number,
    { signal, causes }: LatentOptions = {},
  ): Promise<Record<string, ModalityPosterior>> {
    const { model } = this.#fitted;
    const all = await this.known(selected, values, rows);
    const fitted = { ...this.#fitted, sampler: () => this.#missingSampler() };
    const { mean, sd, present } = await latentPosterior(fitted, this.#inference, all, rows, {
      ...this.#options,
      signal,
      terms: termsOfSubjects(this.#fitted.causes ?? [], causes, rows),
    });
    const means = this.#split(mean, rows, (m) => m.latents);
    const sds = this.#split(sd, rows, (m) => m.latents);
    const inferred = new Map(model.modalities.map(({ name }, m) => [name, present[m].map((there) => 1 - there)]));
    return Object.fromEntries(
      selected.map(({ name }) => [name, { mean: means[name], sd: sds[name], inferred: inferred.get(name)! }]),
    );
  }

  /**
   * Returns values of all modalities of the model. @param selected modalities of `values`; all other ones are missing
   */
  inOrder(selected: readonly ModalityScales[], values: readonly ObservedValues[], rows: number): ObservedValues[] {
    const byName = new Map(selected.map(({ name }, i) => [name, values[i]]));
    return this.#scales.map((scales) => {
      const size = rows * valuesPerSubject(scales);
      return byName.get(scales.name) ?? { values: new Float32Array(size), observed: new Uint8Array(size) };
    });
  }

  /** Does the same as `inOrder` for a data set in its original units. @throws what `rescale` and `select` throw */
  ofDataset(dataset: Subjects): ObservedValues[] {
    const selected = this.select(dataset.modalities.map(({ name }) => name));
    return this.inOrder(selected, rescale(dataset, selected), dataset.ids.length);
  }

  /** Does the same as `inOrder`, and fills the gaps that encoders have no mask for. */
  async known(
    selected: readonly ModalityScales[],
    values: readonly ObservedValues[],
    rows: number,
  ): Promise<readonly ObservedValues[]> {
    const { model, gaussian } = this.#fitted;
    const reconstruct = async (some: readonly ObservedValues[], count: number): Promise<Float32Array> => {
      const [all] = await this.#inference.reconstruct(some, count);
      return all;
    };
    return fillGaps({ model, scales: this.#scales, gaussian, reconstruct }, this.inOrder(selected, values, rows), rows);
  }

  /**
   * Refuses to leave out a modality with shared latents, since these are means over all modalities that observe them.
   */
  #checkShared(selected: readonly string[]): void {
    const { shared, modalities } = this.#fitted.model;
    const sharing = shared?.modalities.map((position) => modalities[position].name) ?? [];
    const lacking = sharing.find((name) => !selected.includes(name));
    if (lacking === undefined || !sharing.some((name) => selected.includes(name))) return;
    throw new InputError(
      'modality-mismatch',
      `The latents shared by ${sharing.join(', ')} are a mean over these modalities: "${lacking}" cannot be left out.`,
      { modality: lacking },
    );
  }

  /** Returns x̂ of all modalities. @param values values of all modalities, in the order of the model */
  async reconstruct(values: readonly ObservedValues[], rows: number): Promise<Record<string, Float32Array>> {
    return this.reconstructKnown(await this.known(this.#scales, values, rows), consecutive(0, rows));
  }

  /** Returns x̂ of some subjects. @param known result of `known` */
  async reconstructKnown(known: readonly ObservedValues[], rows: Int32Array): Promise<Record<string, Float32Array>> {
    const [all] = await this.#inference.reconstruct(known, rows);
    return this.#split(all, rows.length, (m) => valueCount(m.observation));
  }

  /** Number of bytes of the programs created so far. */
  get nativeBytes(): number {
    return this.#inference.nativeBytes + (this.#sampler?.nativeBytes ?? 0);
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await Promise.all([this.#inference.dispose(), this.#sampler?.dispose()]);
  }

  #missingSampler(): MissingSampler {
    if (this.#disposed) throw new StateError('disposed', 'This model was disposed; load or fit it again.');
    const { model, missing, parameters } = this.#fitted;
    this.#sampler ??= new MissingSampler(latentLayout(model.modalities), missing, parameters, this.#options);
    return this.#sampler;
  }

  #split(
    all: Float32Array,
    rows: number,
    width: (m: ModelConfig['modalities'][number]) => number,
  ): Record<string, Float32Array> {
    const { modalities } = this.#fitted.model;
    const columns = modalities.reduce((sum, m) => sum + width(m), 0);
    let first = 0;
    return Object.fromEntries(
      modalities.map((m) => {
        const from = first;
        first += width(m);
        const part = block({ values: all, rows, columns }, from, first);
        return [m.name, Float32Array.from(part.values)];
      }),
    );
  }
}

/** Latents of each subject from models that were not trained on it, as in latents.csv of a RUN folder. */
export interface OutOfFoldLatents {
  readonly ids: readonly string[];
  /** By modality, subjects × latents; NaN if a subject lacks the modality. */
  readonly latents: Latents;
}
