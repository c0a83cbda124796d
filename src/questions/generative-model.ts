// A fitted model as questions run it: from a subject's columns to z and η, from noises to latents, and from latents to
// columns. Latents z are those of the flow, `LatentFlow.size` of them: a shared one stands once, before all others.

import type { ObservedValues } from '../data/dataset.js';
import { valueCount } from '../data/observation.js';
import { consecutive, selectSubjects } from '../data/select-rows.js';
import { InputError } from '../errors.js';
import { componentInverses, type ComponentInverse } from '../inference/component-inverse.js';
import type { ParameterValues } from '../inference/inference.js';
import { fillGaps } from '../inference/gap-filling.js';
import { ModelParts, type Outputs, type SizeOf } from '../inference/model-parts.js';
import { MissingSampler } from '../inference/missing-sampler.js';
import { padded, transpose } from '../inference/posteriors.js';
import type { Gaussian } from '../linear/index.js';
import type { RandomStream } from '../random/random-stream.js';
import { splitByModality, type LatentLayout } from '../models/layout.js';
import { MISSING_CENTRE } from '../models/missing-latents.js';
import type { ModelConfig } from '../models/multimodal.js';
import { blockPositions } from '../models/shared-block.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { Pace } from '../threads/pace.js';
import type { RunSummary } from '../training/run-folder.js';
import type { Ranges } from '../training/ranges-schema.js';
import { columnDraws, type ColumnDraws } from './column-draws.js';
import { savedGaussian } from './gaussian-answers.js';
import { LatentFlow } from './latent-flow.js';

const BATCH = 512;

export interface Read {
  /** Rows × `flow.size`. */
  readonly z: Float64Array;
  /** Expected columns, standardised, rows × columns. */
  readonly x: Float32Array;
  /** The same as they could be observed; empty unless that was asked for. */
  readonly drawn: Float32Array;
}

export interface Reading {
  /** Of each row: with it, columns are also drawn as they could be observed. */
  readonly chance?: ((row: number) => RandomStream) | undefined;
  /** What counts are relative to; left out: everybody is of an ordinary size. */
  readonly sizeOf?: SizeOf | undefined;
  readonly pace?: Pace | undefined;
}

export interface Placing {
  /** What the decoder reads for latents nearby, rows × width. */
  readonly near?: Float32Array | undefined;
  /** Modalities of a row that move, all when left out; others stay as they are in `near`. */
  readonly moves?: ((row: number, modality: number) => boolean) | undefined;
  /** An earlier placing of as many rows, without `near`: where a modality's latents are the same, so is its place. */
  readonly earlier?: Placed | undefined;
  readonly pace?: Pace | undefined;
}

export interface Placed {
  /** Rows × `flow.size`. */
  readonly z: Float64Array;
  /** What the decoder reads for them, rows × width. */
  readonly v: Float32Array;
}

/** What subjects lack. */
export interface Missing {
  /** By modality: 1 for rows that have it, else 0. */
  readonly present: readonly Uint8Array[];
  /** What the draws of each row go by. */
  readonly places: readonly number[];
  readonly seed: number;
}

/** The posterior of (z or its subspace, η) as the decoder reads them, rows × width. */
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
  /** Position in the flow of every latent of the modalities. */
  readonly positions: readonly number[];
  readonly #parts: ModelParts;
  readonly #inverses: readonly ComponentInverse[];
  readonly #parameters: ParameterValues;
  readonly #options: ProgramOptions;
  readonly #columns: ColumnDraws;
  #sampler: MissingSampler | undefined;
  #gaussian: Gaussian | undefined;

  /**
   * @param parameters of one run
   * @throws InputError `cyclic-graph`, `no-table`, `damaged-file`; DeviceError
   */
  constructor(summary: RunSummary, parameters: ParameterValues, options: ProgramOptions) {
    const config: ModelConfig = summary.model;
    const gridded = summary.columns.find(({ regularArray }) => regularArray !== undefined);
    if (gridded) {
      throw new InputError(
        'no-table',
        `Questions are answered column by column, and modality ${gridded.name} is of ${
          gridded.regularArray?.kind === 'image' ? 'images' : 'series'
        }; fit the study's tables alone to ask them.`,
        { modality: gridded.name },
      );
    }
    this.summary = summary;
    this.#parameters = parameters;
    this.#options = options;
    this.ranges = summary.ranges;
    this.flow = new LatentFlow(config, parameters);
    this.#columns = columnDraws(config.modalities, this.ranges.noise);
    this.#parts = ModelParts.load(config, parameters, BATCH, options);
    this.layout = this.#parts.layout;
    this.width = this.#parts.width;
    this.positions = blockPositions(this.layout, config.shared);
    this.#inverses = this.#parts.mapsComponents ? componentInverses(parameters, this.layout) : [];
  }

  /** Over the measured columns of all modalities; undefined where the fit has none. */
  get gaussian(): Gaussian | undefined {
    this.#gaussian ??= savedGaussian(this.#parameters);
    return this.#gaussian;
  }

  /** Private noises of all modalities. */
  get exogenous(): number {
    return this.width - this.layout.latents;
  }

  /** Bytes of the programs made so far. */
  get nativeBytes(): number {
    return this.#parts.nativeBytes + (this.#sampler?.nativeBytes ?? 0);
  }

  async dispose(): Promise<void> {
    await Promise.all([this.#parts.dispose(), this.#sampler?.dispose()]);
  }

  /** Some subjects of a modality's table. */
  selectRows(table: ObservedValues, modality: number, rows: readonly number[]): ObservedValues {
    return selectSubjects(table, valueCount(this.layout.modalities[modality].observation), Int32Array.from(rows));
  }

  /**
   * @param values per modality in the study's order, rows × columns
   * @param gaussian what fills gaps in that encoders know nothing of, see `fillGaps`; the fit's own when left out
   */
  async posterior(
    values: readonly ObservedValues[],
    rows: number,
    gaussian = (): Gaussian | undefined => this.gaussian,
  ): Promise<SubjectPosterior> {
    const { model, columns: scales } = this.summary;
    const reconstruct = async (some: readonly ObservedValues[], count: number): Promise<Float32Array> => {
      const x = new Float32Array(count * this.layout.values);
      await this.#encode(some, count, (encoded, own, start) => {
        transpose(encoded['x'], BATCH, own, x, start, this.layout.values);
      });
      return x;
    };
    const known = await fillGaps({ model, scales, gaussian, reconstruct }, values, rows);
    const mean = new Float32Array(rows * this.width);
    const logVariance = new Float32Array(rows * this.width);
    await this.#encode(known, rows, (encoded, own, start) => {
      transpose(encoded['v'], BATCH, own, mean, start, this.width);
      transpose(encoded['logVariance'], BATCH, own, logVariance, start, this.width);
    });
    return { mean, sd: logVariance.map((value) => Math.exp(value / 2)) };
  }

  /**
   * Latents and columns of what the decoder reads.
   * @param v rows × width
   */
  async read(v: Float32Array, { chance, sizeOf = () => 0, pace }: Reading = {}): Promise<Read> {
    const rows = v.length / this.width;
    const latents = new Float32Array(rows * this.layout.latents);
    const x = new Float32Array(rows * this.layout.values);
    const drawn = new Float32Array(chance ? x.length : 0);
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
      if (!chance) return;
      transpose(decoded['theta'], BATCH, count, theta, 0, this.#columns.width);
      for (let i = 0; i < count; i++) {
        const own = theta.subarray(i * this.#columns.width, (i + 1) * this.#columns.width);
        drawn.set(
          this.#columns.draw(own, chance(start + i), (m) => sizeOf(start + i, m)),
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
   * What the decoder reads for latents and private noises. Rows where the map to components cannot be undone are lost,
   * but for those that were with the same latents in `earlier`.
   * @param z rows × `flow.size` @param eta rows × `exogenous`
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
          const own = new Float64Array(latents);
          let isNew = earlier === undefined;
          for (let k = 0; k < latents; k++) {
            const at = row * size + this.positions[latent + k];
            own[k] = z[at];
            isNew ||= z[at] !== earlier!.z[at];
          }
          if (isNew) {
            const found = this.#inverses.length === 0 ? own : new Float64Array(v.subarray(first, first + latents));
            if (this.#inverses.length > 0 && !this.#inverses[m](own, found)) lost.add(row);
            v.set(found, first);
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
   * Latents with those of absent modalities drawn from q(z missing | z observed), rows × `flow.size`.
   * @throws InputError `cannot-infer`
   */
  async inferMissing(z: Float64Array, { present, places, seed }: Missing): Promise<Float64Array> {
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
    const drawn = await this.#sampler.draw({ values, present, places }, 1, seed);
    const all = z.slice();
    drawn.forEach((value, at) => {
      const [row, latent] = [Math.floor(at / latents), at % latents];
      if (present[modalityOf[latent]][row] === 0) all[row * size + this.positions[latent]] = value;
    });
    return all;
  }

  /**
   * Private noises with what latents say of them: `rest` + Σ slopes · z.
   * @param rest rows × `exogenous` @param z rows × `flow.size`
   */
  withLatents(rest: Float64Array, z: Float64Array): Float64Array {
    const { size } = this.flow;
    let [latent, noise] = [0, 0];
    const sources = this.layout.modalities.flatMap(({ latents, exogenous }) => {
      const own = this.positions.slice(latent, latent + latents);
      latent += latents;
      return Array.from({ length: exogenous }, () => ({ own, slopes: this.ranges.eta[noise++].slopes }));
    });
    return rest.map((value, at) => {
      const row = Math.floor(at / this.exogenous);
      const { own, slopes } = sources[at % this.exogenous];
      return own.reduce((sum, position, k) => sum + slopes[k] * z[row * size + position], value);
    });
  }

  /** @param read is given a batch's outputs, how many of its rows count, and where they begin */
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

  /** Private noises of what the decoder reads, rows × `exogenous`. */
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
