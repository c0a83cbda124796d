// Subjects on whom the model was not trained, with their latents, and the decoders of the model. Latents are set to
// other values, and the decoder says what columns follow.

import type { Modality } from '../data/dataset.js';
import { sizePosition, valueCount } from '../data/observation.js';
import { rescale } from '../data/rescale.js';
import { selectSubjects } from '../data/select-rows.js';
import { componentInverses, type ComponentInverse } from '../inference/component-inverse.js';
import { ModelParts } from '../inference/model-parts.js';
import { posteriors } from '../inference/posteriors.js';
import { splitByModality } from '../networks/layout.js';
import { measuredRows, observedMeans, spreadOver, tableOf } from '../quality/index.js';
import { subjectsOf, type InterpretationInput } from './input.js';

/** Maximum number of held-out subjects. More would not change a figure by more than its error. */
const MAX_SUBJECTS = 512;
const BATCH = 256;

/** The held-out subjects who have a modality. */
export interface DecodedModality {
  readonly name: string;
  readonly scales: Modality;
  /** Number of latents. */
  readonly latents: number;
  /** Number of values of a subject: columns, or pixels. */
  readonly width: number;
  readonly subjects: number;
  /** Latents, subjects × latents. */
  readonly z: Float64Array;
  /** Columns on the scales of the model, subjects × width. */
  readonly x: Float32Array | Float64Array;
  /** 1 where a column has a value; undefined if all have. */
  readonly observed: Uint8Array | undefined;
  /** Means of the columns over the training subjects. */
  readonly centre: readonly number[];
  /** Group of each subject, of which it is one of several rows. Undefined if every row is a subject. */
  readonly groups: readonly string[] | undefined;
}

/** The columns that a decoder predicts from latents. */
export interface Decoded {
  /** Subjects × width. */
  readonly x: Float32Array;
  /** 0 for subjects for whom the model has no subspace with these latents. */
  readonly valid: Uint8Array;
}

/** Values of the latents of a modality, subjects × latents. */
export type LatentSetting = Float64Array;

export class HeldOutSubjects {
  readonly modalities: readonly DecodedModality[];
  /** True if these are the held-out subjects of the fit, and false for subjects of another study. */
  readonly isOfFit: boolean;
  readonly #parts: ModelParts;
  readonly #inverses: readonly ComponentInverse[];
  readonly #rows: number;
  /** Positions of the subjects who have each modality. */
  readonly #having: readonly (readonly number[])[];
  /** Input of the decoders for the observed columns, subjects × width, and the positions of each modality in it. */
  readonly #v: Float32Array;
  readonly #first: readonly number[];
  /** Sizes that counts are relative to, by modality. */
  readonly #sizes: readonly (Float32Array | undefined)[];
  /** Means of the private noises of each modality. */
  readonly #noises: readonly (readonly number[])[];

  private constructor(fields: Fields) {
    this.modalities = fields.modalities;
    this.isOfFit = fields.isOfFit;
    this.#parts = fields.parts;
    this.#inverses = fields.inverses;
    this.#rows = fields.rows;
    this.#having = fields.having;
    this.#v = fields.v;
    this.#first = fields.first;
    this.#sizes = fields.sizes;
    this.#noises = fields.noises;
  }

  /**
   * Encodes the held-out subjects of the fit, or all subjects of another study.
   * @param table name of the table that needs them @throws InputError `no-study`, what `rescale` throws; DeviceError
   */
  static async encode(input: InterpretationInput, table: string): Promise<HeldOutSubjects> {
    const dataset = subjectsOf(input, table);
    const { summary, parameters, latents, compute } = input;
    const { model, columns, fingerprint } = summary;
    const values = rescale(dataset, columns);
    const isOfFit = dataset.fingerprint === fingerprint;
    const modalities = columns.map((scales, m): Modality => ({ ...model.modalities[m], ...scales, ...values[m] }));
    const measured = measuredRows({ ...dataset, modalities });
    const everyone = Int32Array.from(dataset.ids.keys());
    const rows = spreadOver(isOfFit ? measured.heldOut : everyone, MAX_SUBJECTS);
    const selected = modalities.map((one, m) => selectSubjects(one, valueCount(model.modalities[m].observation), rows));
    const known = await latents.known(columns, selected, rows.length);
    const parts = ModelParts.load(model, parameters, Math.min(BATCH, Math.max(1, rows.length)), compute);
    try {
      const { v, mean, having } = await posteriors(parts, known, Int32Array.from(rows.keys()), { rebuilds: false });
      const { layout, width } = parts;
      const entries = layout.modalities.map((one) => one.latents + one.exogenous);
      const first = entries.map((_, m) => entries.slice(0, m).reduce((sum, count) => sum + count, 0));
      return new HeldOutSubjects({
        ...{ isOfFit, parts, v, having, first, rows: rows.length },
        inverses: parts.mapsComponents ? componentInverses(parameters, layout) : [],
        sizes: layout.modalities.map(({ observation }, m) => {
          const at = sizePosition(observation);
          const size = valueCount(observation);
          return at === undefined ? undefined : Float32Array.from(rows, (_, i) => known[m].values[i * size + at]);
        }),
        noises: layout.modalities.map((one, m) =>
          Array.from({ length: one.exogenous }, (_, k) =>
            meanOf(having[m].map((row) => v[row * width + first[m] + one.latents + k])),
          ),
        ),
        modalities: modalities.map((scales, m): DecodedModality => {
          const present = Int32Array.from(having[m], (row) => rows[row]);
          const { samples, observed } = tableOf([scales], present);
          const training = isOfFit ? tableOf([scales], measured.train) : { samples, observed };
          return {
            ...{ name: scales.name, scales, observed, x: samples.values, width: samples.columns },
            latents: layout.modalities[m].latents,
            subjects: present.length,
            z: Float64Array.from({ length: present.length * layout.modalities[m].latents }, (_, at) => {
              const count = layout.modalities[m].latents;
              return mean[having[m][Math.floor(at / count)] * width + first[m] + (at % count)];
            }),
            centre: observedMeans(training),
            groups: dataset.groups && Array.from(present, (row) => dataset.groups![row]),
          };
        }),
      });
    } catch (error) {
      await parts.dispose();
      throw error;
    }
  }

  /**
   * Decodes settings of the latents. The private noises of the modality are at their means, and the sizes of counts are
   * those of the subjects.
   * @param settings by modality; undefined for a modality that is not decoded
   */
  async decode(settings: readonly (LatentSetting | undefined)[]): Promise<(Decoded | undefined)[]> {
    const { layout, batch, width } = this.#parts;
    const inputs = this.#v.slice();
    const valid = settings.map((setting, m) => setting && this.#write(m, setting, inputs));
    const decoded = settings.map((setting, m) =>
      setting === undefined ? undefined : new Float32Array(this.modalities[m].subjects * this.modalities[m].width),
    );
    const place = this.#having.map((rows) => new Map(rows.map((row, i) => [row, i])));
    for (let start = 0; start < this.#rows; start += batch) {
      const count = Math.min(batch, this.#rows - start);
      const some = new Float32Array(batch * width);
      some.set(inputs.subarray(start * width, (start + count) * width));
      const sizeOf = (row: number, m: number): number => this.#sizes[m]?.[start + row] ?? 0;
      const { x } = await this.#parts.decode(splitByModality(layout, some, batch), sizeOf);
      let column = 0;
      for (const [m, { width: size }] of this.modalities.entries()) {
        const into = decoded[m];
        for (let i = 0; into !== undefined && i < count; i++) {
          const subject = place[m].get(start + i);
          if (subject === undefined) continue;
          for (let c = 0; c < size; c++) into[subject * size + c] = x[(column + c) * batch + i];
        }
        column += size;
      }
    }
    return decoded.map((x, m) => x && { x, valid: valid[m]! });
  }

  /** Writes the input of a decoder for a setting. @returns 0 for subjects for whom there is none */
  #write(m: number, setting: LatentSetting, inputs: Float32Array): Uint8Array {
    const { width } = this.#parts;
    const { latents } = this.modalities[m];
    const inverse = this.#inverses.at(m);
    return Uint8Array.from(this.#having[m], (row, i) => {
      const at = row * width + this.#first[m];
      inputs.set(this.#noises[m], at + latents);
      const z = setting.slice(i * latents, (i + 1) * latents);
      if (inverse === undefined) {
        inputs.set(z, at);
        return 1;
      }
      const guess = Float64Array.from(inputs.subarray(at, at + latents));
      const isSolved = inverse(z, guess);
      inputs.set(guess, at);
      return Number(isSolved);
    });
  }

  async dispose(): Promise<void> {
    await this.#parts.dispose();
  }
}

/** The members that figures are computed from. */
export type DecodableSubjects = Pick<HeldOutSubjects, 'modalities' | 'decode'>;

interface Fields {
  readonly modalities: readonly DecodedModality[];
  readonly isOfFit: boolean;
  readonly parts: ModelParts;
  readonly inverses: readonly ComponentInverse[];
  readonly rows: number;
  readonly having: readonly (readonly number[])[];
  readonly v: Float32Array;
  readonly first: readonly number[];
  readonly sizes: readonly (Float32Array | undefined)[];
  readonly noises: readonly (readonly number[])[];
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
