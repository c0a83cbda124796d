// A fitted model for questions: from the columns of a subject to z and η, from noises to latents, and from latents to
// columns. Latents z are the `LatentFlow.size` latents of the flow: a shared latent occurs once, before all other
// latents.

import type { LatentGraph } from '../causal/index.js';
import { conclusionsOf, type LatentVerdict } from '../conclusions/index.js';
import { termCount } from '../data/causes.js';
import type { ObservedValues } from '../data/dataset.js';
import { valueCount } from '../data/observation.js';
import { ARRAY_KINDS } from '../data/regular-array.js';
import { consecutive, selectSubjects } from '../data/select-rows.js';
import { InputError } from '../errors/errors.js';
import { componentInverses, type ComponentInverse } from '../inference/component-inverse.js';
import type { ParameterValues } from '../inference/inference.js';
import { fillGaps } from '../inference/gap-filling.js';
import { ModelParts, type Outputs, type SizeOf } from '../inference/model-parts.js';
import { MissingSampler } from '../inference/missing-sampler.js';
import { padded, transpose } from '../inference/posteriors.js';
import type { Gaussian } from '../linear/index.js';
import type { RandomStream } from '../random/random-stream.js';
import { splitByModality, type LatentLayout } from '../networks/layout.js';
import { MISSING_CENTRE } from '../networks/missing-latents.js';
import type { ModelConfig } from '../networks/multimodal.js';
import { blockPositions } from '../networks/shared-block.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { Pace } from '../threads/pace.js';
import type { RunSummary } from '../training/run-folder.js';
import type { Ranges } from '../training/ranges-schema.js';
import type { KnownCauses } from './cause-setting.js';
import { columnDraws, type ColumnDraws } from './column-draws.js';
import { savedGaussian } from './gaussian-answers.js';
import { LatentFlow } from './latent-flow.js';

const BATCH = 512;

export interface Read {
  /** Latents, rows × `flow.size`. */
  readonly z: Float64Array;
  /** Expected columns, standardised, rows × columns. */
  readonly x: Float32Array;
  /** Columns with noise, as they could be observed; empty unless requested. */
  readonly drawn: Float32Array;
}

export interface Reading {
  /** Returns the random stream of a row. If set, columns are also drawn with noise. */
  readonly randomOf?: ((row: number) => RandomStream) | undefined;
  /** Sizes that counts are relative to; when left out, all subjects have an average size. */
  readonly sizeOf?: SizeOf | undefined;
  readonly pace?: Pace | undefined;
}

export interface Placing {
  /** Decoder inputs for similar latents, rows × width. */
  readonly near?: Float32Array | undefined;
  /**
   * True for the modalities of a row that move, all when left out. All other modalities keep their values in `near`.
   */
  readonly moves?: ((row: number, modality: number) => boolean) | undefined;
  /** An earlier result for the same number of rows, without `near`. Modalities with the same latents reuse it. */
  readonly earlier?: Placed | undefined;
  readonly pace?: Pace | undefined;
}

export interface Placed {
  /** Latents, rows × `flow.size`. */
  readonly z: Float64Array;
  /** Decoder inputs for them, rows × width. */
  readonly v: Float32Array;
}

/** Missing modalities of subjects. */
export interface Missing {
  /** By modality: 1 for rows that have it, otherwise 0. */
  readonly present: readonly Uint8Array[];
  /** The number of each row that its draws depend on. */
  readonly places: readonly number[];
  /** Terms of observed causes, rows × T, NaN where they are unknown. Default: unknown. */
  readonly terms?: Float32Array | undefined;
  readonly seed: number;
}

/** The posterior of the decoder inputs (z or its subspace, η), rows × width. */
export interface SubjectPosterior {
  readonly mean: Float32Array;
  readonly sd: Float32Array;
}

export class GenerativeModel {
  readonly summary: RunSummary;
  readonly ranges: Ranges;
  readonly flow: LatentFlow;
  readonly layout: LatentLayout;
  /** Σ (latents + exogenous). */
  readonly width: number;
  /** Positions in the flow of the latents of the modalities. */
  readonly positions: readonly number[];
  /** Observed causes, and their values among the training subjects. */
  readonly known: KnownCauses;
  readonly #graph: LatentGraph | undefined;
  readonly #parts: ModelParts;
  readonly #inverses: readonly ComponentInverse[];
  readonly #parameters: ParameterValues;
  readonly #options: ProgramOptions;
  readonly #columns: ColumnDraws;
  #sampler: MissingSampler | undefined;
  #gaussian: Gaussian | undefined;
  #latents: readonly LatentVerdict[] | undefined;

  /**
   * @param parameters parameters of one run
   * @param graph the fitted graph, for verdicts on latents; without it, latents have none
   * @throws InputError `cyclic-graph`, `no-table`, `damaged-file`; DeviceError
   */
  constructor(summary: RunSummary, parameters: ParameterValues, options: ProgramOptions, graph?: LatentGraph) {
    const config: ModelConfig = summary.model;
    const regular = summary.columns.find(({ regularArray }) => regularArray !== undefined);
    if (regular?.regularArray) {
      throw new InputError(
        'no-table',
        `Questions are answered column by column, and modality ${regular.name} consists of ` +
          `${ARRAY_KINDS[regular.regularArray.kind].plural}; fit only the tables of the study to ask them.`,
        { modality: regular.name },
      );
    }
    this.summary = summary;
    this.#graph = graph;
    this.#parameters = parameters;
    this.#options = options;
    this.ranges = summary.ranges;
    this.known = { causes: summary.causes ?? [], ranges: summary.ranges.causes };
    this.flow = new LatentFlow(config, parameters);
    this.#columns = columnDraws(config.modalities, this.ranges.noise);
    this.#parts = ModelParts.load(config, parameters, BATCH, options);
    this.layout = this.#parts.layout;
    this.width = this.#parts.width;
    this.positions = blockPositions(this.layout, config.shared);
    this.#inverses = this.#parts.mapsComponents ? componentInverses(parameters, this.layout) : [];
  }

  /** The Gaussian over the measured columns of all modalities; undefined if the fit has none. */
  get gaussian(): Gaussian | undefined {
    this.#gaussian ??= savedGaussian(this.#parameters);
    return this.#gaussian;
  }

  /** The verdict on each latent of the modalities. */
  get latents(): readonly LatentVerdict[] {
    this.#latents ??= this.#graph ? conclusionsOf(this.#graph, this.summary).latents : [];
    return this.#latents;
  }

  /** T, the number of terms of the observed causes. */
  get terms(): number {
    return termCount(this.known.causes);
  }

  /** Number of exogenous variables of all modalities. */
  get exogenous(): number {
    return this.width - this.layout.latents;
  }

  /** Number of bytes of the programs created so far. */
  get nativeBytes(): number {
    return this.#parts.nativeBytes + (this.#sampler?.nativeBytes ?? 0);
  }

  async dispose(): Promise<void> {
    await Promise.all([this.#parts.dispose(), this.#sampler?.dispose()]);
  }

  /** Returns some rows of the table of a modality. */
  selectRows(table: ObservedValues, modality: number, rows: readonly number[]): ObservedValues {
    return selectSubjects(table, valueCount(this.layout.modalities[modality].observation), Int32Array.from(rows));
  }

  /**
   * Returns the posterior of the decoder inputs.
   * @param values per modality in the study's order, rows × columns
   * @param gaussian fills gaps that encoders have no mask for, see `fillGaps`; the Gaussian of the fit when left out
   */
  async posterior(
    values: readonly ObservedValues[],
    rows: number,
    gaussian = (): Gaussian | undefined => this.gaussian,
  ): Promise<SubjectPosterior> {
    const { model, columns: scales } = this.summary;
    const reconstruct = async (some: readonly ObservedValues[], count: number): Promise<Float32Array> => {
      const x = new Float32Array(count * this.layout.values);
      await this.#encode(some, count, (encoded, used, start) => {
        transpose(encoded['x'], BATCH, used, x, start, this.layout.values);
      });
      return x;
    };
    const known = await fillGaps({ model, scales, gaussian, reconstruct }, values, rows);
    const mean = new Float32Array(rows * this.width);
    const logVariance = new Float32Array(rows * this.width);
    await this.#encode(known, rows, (encoded, used, start) => {
      transpose(encoded['v'], BATCH, used, mean, start, this.width);
      transpose(encoded['logVariance'], BATCH, used, logVariance, start, this.width);
    });
    return { mean, sd: logVariance.map((value) => Math.exp(value / 2)) };
  }

  /**
   * Returns the latents and columns for decoder inputs.
   * @param v decoder inputs, rows × width
   */
  async read(v: Float32Array, { randomOf, sizeOf = () => 0, pace }: Reading = {}): Promise<Read> {
    const rows = v.length / this.width;
    const latents = new Float32Array(rows * this.layout.latents);
    const x = new Float32Array(rows * this.layout.values);
    const drawn = new Float32Array(randomOf ? x.length : 0);
    const theta = new Float32Array(BATCH * this.#columns.width);
    await eachBatch(rows, async (start, count) => {
      await pace?.rest();
      const batch = new Float32Array(BATCH * this.width);
      batch.set(v.subarray(start * this.width, (start + count) * this.width));
      const decoded = await this.#parts.decode(splitByModality(this.layout, batch, BATCH), (i, m) =>
        i < count ? sizeOf(start + i, m) : 0,
      );
      transpose(decoded['z'], BATCH, count, latents, start, this.layout.latents);
      transpose(decoded['x'], BATCH, count, x, start, this.layout.values);
      if (!randomOf) return;
      transpose(decoded['theta'], BATCH, count, theta, 0, this.#columns.width);
      for (let i = 0; i < count; i++) {
        const ofRow = theta.subarray(i * this.#columns.width, (i + 1) * this.#columns.width);
        drawn.set(
          this.#columns.draw(ofRow, randomOf(start + i), (m) => sizeOf(start + i, m)),
          (start + i) * this.layout.values,
        );
      }
    });
    const { size } = this.flow;
    const z = new Float64Array(rows * size);
    for (let row = 0; row < rows; row++) {
      this.positions.forEach((position, latent) => {
        z[row * size + position] = latents[row * this.layout.latents + latent];
      });
    }
    return { z, x, drawn };
  }

  /**
   * Returns the decoder inputs for latents and exogenous variables. A row is lost if the map to components cannot be
   * inverted, unless its latents are the same as in `earlier`.
   * @param z latents, rows × `flow.size` @param eta exogenous variables, rows × `exogenous`
   */
  async place(
    z: Float64Array,
    eta: Float64Array,
    { near, moves, earlier, pace }: Placing = {},
  ): Promise<{ v: Float32Array; lost: Set<number> }> {
    const { size } = this.flow;
    const rows = z.length / size;
    const v = near?.slice() ?? new Float32Array(rows * this.width);
    const lost = new Set<number>();
    for (let row = 0; row < rows; row++) {
      if (pace?.isDue) await pace.rest();
      let [latent, first, noise] = [0, row * this.width, row * this.exogenous];
      for (const [m, { latents, exogenous }] of this.layout.modalities.entries()) {
        if (!moves || moves(row, m)) {
          const components = new Float64Array(latents);
          let isNew = earlier === undefined;
          for (let k = 0; k < latents; k++) {
            const at = row * size + this.positions[latent + k];
            components[k] = z[at];
            isNew ||= z[at] !== earlier!.z[at];
          }
          if (isNew) {
            const solved =
              this.#inverses.length === 0 ? components : new Float64Array(v.subarray(first, first + latents));
            if (this.#inverses.length > 0 && !this.#inverses[m](components, solved)) lost.add(row);
            v.set(solved, first);
          } else {
            v.set(earlier!.v.subarray(first, first + latents), first);
          }
          v.set(eta.subarray(noise, noise + exogenous), first + latents);
        }
        latent += latents;
        first += latents + exogenous;
        noise += exogenous;
      }
    }
    return { v, lost };
  }

  /**
   * Returns the latents with those of absent modalities drawn from q(z missing | z observed, causes), rows ×
   * `flow.size`.
   * @throws InputError `cannot-infer`
   */
  async inferMissing(z: Float64Array, { present, places, terms, seed }: Missing): Promise<Float64Array> {
    if (!this.#parameters.has(MISSING_CENTRE)) {
      throw new InputError(
        'cannot-infer',
        'Subjects lack a modality, and this model was saved by a version that could not infer latents from other ' +
          'modalities; fit it again, or leave these subjects out.',
      );
    }
    this.#sampler ??= new MissingSampler(this.layout, this.summary.config, this.#parameters, this.#options);
    const { latents, modalityOf } = this.layout;
    const { size } = this.flow;
    const values = Float32Array.from({ length: (z.length / size) * latents }, (_, at) => {
      return z[Math.floor(at / latents) * size + this.positions[at % latents]];
    });
    const drawn = await this.#sampler.draw({ values, present, places, terms }, 1, seed);
    const all = z.slice();
    drawn.forEach((value, at) => {
      const [row, latent] = [Math.floor(at / latents), at % latents];
      if (present[modalityOf[latent]][row] === 0) all[row * size + this.positions[latent]] = value;
    });
    return all;
  }

  /**
   * Returns exogenous variables with their linear dependence on latents: `rest` + Σ slopes · z.
   * @param rest rows × `exogenous` @param z rows × `flow.size`
   */
  withLatents(rest: Float64Array, z: Float64Array): Float64Array {
    const { size } = this.flow;
    let [latent, noise] = [0, 0];
    const sources = this.layout.modalities.flatMap(({ latents, exogenous }) => {
      const ofModality = this.positions.slice(latent, latent + latents);
      latent += latents;
      return Array.from({ length: exogenous }, () => ({ ofModality, slopes: this.ranges.eta[noise++].slopes }));
    });
    return rest.map((value, at) => {
      const row = Math.floor(at / this.exogenous);
      const { ofModality, slopes } = sources[at % this.exogenous];
      return ofModality.reduce((sum, position, k) => sum + slopes[k] * z[row * size + position], value);
    });
  }

  /** Encodes all batches. @param read receives the outputs of a batch, the number of its rows, and the first row */
  async #encode(
    values: readonly ObservedValues[],
    rows: number,
    read: (encoded: Outputs, count: number, start: number) => void,
  ): Promise<void> {
    const widths = this.layout.modalities.map(({ observation }) => valueCount(observation));
    await eachBatch(rows, async (start, count) => {
      const some = consecutive(start, count);
      const batch = widths.map((width, m) => padded(values[m], width, some, BATCH));
      read(await this.#parts.encode(batch), count, start);
    });
  }

  /** Returns the exogenous variables in decoder inputs, rows × `exogenous`. */
  etaOf(v: Float32Array): Float64Array {
    const rows = v.length / this.width;
    const eta = new Float64Array(rows * this.exogenous);
    let at = 0;
    for (let row = 0; row < rows; row++) {
      let first = row * this.width;
      for (const { latents, exogenous } of this.layout.modalities) {
        for (let k = 0; k < exogenous; k++) eta[at++] = v[first + latents + k];
        first += latents + exogenous;
      }
    }
    return eta;
  }
}

async function eachBatch(rows: number, work: (start: number, count: number) => Promise<void>): Promise<void> {
  for (let start = 0; start < rows; start += BATCH) await work(start, Math.min(BATCH, rows - start));
}
