// Infers the latents of missing modalities from those of present ones, and from observed causes: means, standard
// deviations and draws of q(z missing | z observed).

import { compile } from '../compile/index.js';
import { data, gather } from '../graph/index.js';
import { normalQuantile } from '../graph/special.js';
import { MIXTURE_LIMITS } from '../nn/mixture-flow.js';
import type { LatentLayout } from '../networks/layout.js';
import {
  MISSING_CAUSES,
  MISSING_CENTRE,
  MISSING_SCALE,
  MissingLatents,
  type MissingLatentsConfig,
} from '../networks/missing-latents.js';
import { seedKey, uniforms } from '../random/streams.js';
import { Program, type ProgramOptions } from '../runtime/program.js';
import { SerialQueue } from '../threads/serial-queue.js';
import type { ParameterValues } from './batch-program.js';

const BATCH = 512;
/** First Philox stream of the draws, far from those of noise, order and folds. */
const DRAW_STREAM = 0x50000;

/** Latents of subjects, and marks of their modalities. */
export interface PartialLatents {
  /** Subjects × D; any finite number where the modality is absent. */
  readonly values: Float32Array;
  /** By modality: 1 for subjects that have it, otherwise 0. */
  readonly present: readonly Uint8Array[];
  /** The number of each row that its draws depend on; 0, 1, 2 … when left out. */
  readonly places?: readonly number[] | undefined;
  /** Terms of observed causes, subjects × T; unknown where they are NaN, and when left out. */
  readonly terms?: Float32Array | undefined;
}

/** What the network reads of some subjects. */
interface Rows {
  /** Rows of D. */
  readonly z: readonly Float32Array[];
  /** Marks of 1 or 0, rows of D. */
  readonly known: readonly Float32Array[];
  /** Rows of T terms and a 1, or of 0 if causes are unknown; empty rows if the fit has no causes. */
  readonly causes: readonly Float32Array[];
}

/** Weights, means and standard deviations of the Gaussian mixture of a latent. */
interface Mixture {
  readonly weights: readonly number[];
  readonly means: readonly number[];
  readonly sds: readonly number[];
}

export class MissingSampler {
  readonly nativeBytes: number;
  readonly #layout: LatentLayout;
  readonly #size: number;
  /** T + 1; 0 if the fit has no observed causes. */
  readonly #causeWidth: number;
  readonly #program: Program;
  readonly #queue = new SerialQueue();
  readonly #centre: Float32Array;
  readonly #scale: Float32Array;

  /** @param parameters parameters `missing.*` of one run */
  constructor(
    layout: LatentLayout,
    config: MissingLatentsConfig,
    parameters: ParameterValues,
    options: ProgramOptions = {},
  ) {
    const causeWidth = parameters.get(MISSING_CAUSES)?.shape.at(-1) ?? 0;
    const model = new MissingLatents(layout, config, 1, Math.max(0, causeWidth - 1));
    const order = data('order', [1, 1, BATCH], 'int32');
    const rows = (name: string, width = layout.latents) => gather(data(name, [BATCH, width]), order);
    const causes = causeWidth > 0 ? rows('causes', causeWidth) : undefined;
    const compiled = compile({
      runs: 1,
      entries: { infer: { outputs: { mixtures: model.mixtures(rows('z'), rows('given'), causes) } } },
    });
    this.#layout = layout;
    this.#size = model.size;
    this.#causeWidth = causeWidth;
    this.#centre = parameters.get(MISSING_CENTRE)!.values;
    this.#scale = parameters.get(MISSING_SCALE)!.values;
    this.#program = Program.load(compiled, options);
    this.nativeBytes = this.#program.memory().total;
    this.#program.set(
      'data',
      'order',
      Int32Array.from({ length: BATCH }, (_, i) => i),
    );
    for (const name of Object.keys(compiled.parameters)) {
      this.#program.set('parameters', name, parameters.get(name)!.values);
    }
  }

  /** Frees the native program. */
  async dispose(): Promise<void> {
    await this.#program.dispose();
  }

  /**
   * Returns the means and standard deviations of each absent latent given all present ones, subjects × D. The mean of a
   * present latent is its value, with a standard deviation of 0.
   */
  async infer({
    values,
    present,
    terms,
  }: PartialLatents): Promise<{ readonly mean: Float32Array; readonly sd: Float32Array }> {
    const mean = values.slice();
    const sd = new Float32Array(values.length);
    const rows = this.#incomplete(present);
    for (let start = 0; start < rows.length; start += BATCH) {
      const part = rows.slice(start, start + BATCH);
      const known = part.map((row) => this.#knownOf(present, row));
      const z = part.map((row) => this.#rowOf(values, row));
      const causes = part.map((row) => this.#causesOf(terms, row));
      const mixtureOf = await this.#mixtures({ z, known, causes });
      part.forEach((row, i) => {
        known[i].forEach((isKnown, latent) => {
          if (isKnown) return;
          const at = row * this.#layout.latents + latent;
          const moments = momentsOf(mixtureOf(i, latent));
          mean[at] = moments.mean;
          sd[at] = moments.sd;
        });
      });
    }
    return { mean, sd };
  }

  /**
   * Returns joint draws of the absent latents: in sequence, each given the earlier ones. The draws of a subject depend
   * only on the seed, its place, its latents and its causes.
   * @returns draws × subjects × D; present latents do not change
   */
  async draw({ values, present, places, terms }: PartialLatents, draws: number, seed: number): Promise<Float32Array> {
    const { latents } = this.#layout;
    const subjects = values.length / latents;
    const all = new Float32Array(draws * values.length);
    for (let draw = 0; draw < draws; draw++) all.set(values, draw * values.length);
    const rows = this.#incomplete(present);
    const pairs = Array.from({ length: draws }, (_, draw) => rows.map((row) => ({ draw, row }))).flat();
    for (let start = 0; start < pairs.length; start += BATCH) {
      const part = pairs.slice(start, start + BATCH);
      const z = part.map(({ row }) => this.#rowOf(values, row));
      const known = part.map(({ row }) => this.#knownOf(present, row));
      const causes = part.map(({ row }) => this.#causesOf(terms, row));
      const chances = part.map(({ draw, row }) =>
        uniforms(seedKey(seed), DRAW_STREAM + draw, places?.[row] ?? row, 2 * latents),
      );
      while (known.some((marks) => marks.includes(0))) {
        const mixtureOf = await this.#mixtures({ z, known, causes });
        part.forEach((_, i) => {
          const latent = known[i].indexOf(0);
          if (latent < 0) return;
          z[i][latent] = drawn(mixtureOf(i, latent), chances[i][2 * latent], chances[i][2 * latent + 1]);
          known[i][latent] = 1;
        });
      }
      part.forEach(({ draw, row }, i) => {
        all.set(z[i], (draw * subjects + row) * latents);
      });
    }
    return all;
  }

  /** Returns the rows of subjects who lack a modality. */
  #incomplete(present: readonly Uint8Array[]): number[] {
    return [...present[0].keys()].filter((row) => present.some((mask) => mask[row] === 0));
  }

  #knownOf(present: readonly Uint8Array[], row: number): Float32Array {
    return Float32Array.from(this.#layout.modalityOf, (modality) => present[modality][row]);
  }

  #rowOf(values: Float32Array, row: number): Float32Array {
    const { latents } = this.#layout;
    return values.slice(row * latents, (row + 1) * latents);
  }

  #causesOf(terms: Float32Array | undefined, row: number): Float32Array {
    const causes = new Float32Array(this.#causeWidth);
    if (!terms || this.#causeWidth === 0) return causes;
    const count = this.#causeWidth - 1;
    const ofRow = terms.subarray(row * count, (row + 1) * count);
    if (!ofRow.includes(NaN)) causes.set([...ofRow, 1]);
    return causes;
  }

  /** Returns the mixtures of latents by row, in their units. */
  async #mixtures({ z, known, causes }: Rows): Promise<(row: number, latent: number) => Mixture> {
    const stacked = (rows: readonly Float32Array[]): Float32Array => {
      const width = rows[0].length;
      const table = new Float32Array(BATCH * width);
      rows.forEach((row, i) => {
        table.set(row, i * width);
      });
      return table;
    };
    const { results } = await this.#queue.run(() => {
      this.#program.set('data', 'z', stacked(z));
      this.#program.set('data', 'given', stacked(known));
      if (this.#causeWidth > 0) this.#program.set('data', 'causes', stacked(causes));
      return this.#program.run('infer');
    });
    const components = this.#size / 3;
    return (row, latent) => {
      const [centre, scale] = [this.#centre[latent], this.#scale[latent]];
      const numbers = (first: number): number[] =>
        Array.from({ length: components }, (_, k) => results[(latent * this.#size + first + k) * BATCH + row]);
      const logits = numbers(0);
      const maxLogit = Math.max(...logits);
      const shares = logits.map((logit) => Math.exp(logit - maxLogit));
      const total = shares.reduce((sum, share) => sum + share);
      return {
        weights: shares.map((share) => share / total),
        means: numbers(components).map((mean) => centre + scale * mean),
        sds: numbers(2 * components).map((logScale) => scale * Math.exp(clamped(logScale))),
      };
    };
  }
}

function clamped(logScale: number): number {
  return Math.min(Math.max(logScale, MIXTURE_LIMITS.logScaleMin), MIXTURE_LIMITS.logScaleMax);
}

function momentsOf({ weights, means, sds }: Mixture): { readonly mean: number; readonly sd: number } {
  const mean = weights.reduce((sum, weight, k) => sum + weight * means[k], 0);
  const variance = weights.reduce((sum, weight, k) => sum + weight * (sds[k] ** 2 + (means[k] - mean) ** 2), 0);
  return { mean, sd: Math.sqrt(variance) };
}

/** Returns a draw. @param which uniform number that chooses the Gaussian @param where quantile in it */
function drawn({ weights, means, sds }: Mixture, which: number, where: number): number {
  let k = 0;
  for (let sum = weights[0]; which > sum && k < weights.length - 1; sum += weights[k]) k++;
  return means[k] + sds[k] * normalQuantile(where);
}
