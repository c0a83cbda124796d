// A closer look at a fitted model than latents: posteriors of z and η, the noises ε behind z, and what the decoders do when one
// latent moves and all others stay. Reports are made of it.

import { compile, type CompiledProgram } from '../compile/index.js';
import { RandomStream } from '../random/random-stream.js';
import { data, gather, reshape } from '../graph/index.js';
import { stackModalities, type LatentLayout } from '../models/layout.js';
import { MultimodalModel, type ModelConfig } from '../models/multimodal.js';
import { Program, type ProgramOptions } from '../runtime/program.js';
import { noNoise, type ParameterValues } from './batch-program.js';
import { dataName, groupValues, miniBatches } from './sources.js';
import { traverse } from './traversal.js';

/** Every subject's posterior. `width` is Σ (latents + exogenous): modality after modality, each z before η. */
export interface Examination {
  readonly rows: number;
  readonly width: number;
  /** z and η of the posterior means, rows × width. */
  readonly mean: Float32Array;
  /** Variance of z and η about `mean` under the posterior, averaged over the subjects, `width`. */
  readonly variance: Float64Array;
  /** Noises ε behind z, rows × D. */
  readonly epsilon: Float32Array;
  /** x̂ of the posterior means, standardised, rows × Σ columns. */
  readonly reconstruction: Float32Array;
  /** Where a latent is moved to, in its standard deviations over the subjects, from its mean. */
  readonly steps: readonly number[];
  readonly traversals: readonly Traversal[];
}

/** What moving one entry of (z, η) does to the columns of its modality. */
export interface Traversal {
  /** In [0, width). */
  readonly entry: number;
  /** x̂, standardised, averaged over the subjects it was tried on; `steps` × columns. */
  readonly response: Float64Array;
}

const BATCH = 512;

/**
 * @param parameters of one run
 * @param values per modality in the study's order, rows × columns, standardised as in training
 */
export async function examine(
  config: ModelConfig,
  parameters: ParameterValues,
  values: readonly Float32Array[],
  rows: number,
  options: ProgramOptions = {},
): Promise<Examination> {
  const parts = ModelParts.load(config, parameters, Math.min(BATCH, rows), options);
  try {
    const posterior = await posteriors(parts, values, rows);
    const { steps, traversals } = await traverse(parts, parameters, posterior, rows);
    const { mean, variance, epsilon, reconstruction } = posterior;
    return { rows, width: parts.width, mean, variance, epsilon, reconstruction, steps, traversals };
  } finally {
    await parts.dispose();
  }
}

/** Encoder and decoder of a model as two entries of one program. */
export class ModelParts {
  readonly layout: LatentLayout;
  readonly mapsComponents: boolean;
  readonly batch: number;
  /** Σ (latents + exogenous). */
  readonly width: number;
  readonly columns: number;
  private readonly program: Program;

  private constructor(model: MultimodalModel, program: Program, batch: number) {
    this.layout = model.layout;
    this.mapsComponents = model.config.componentMap > 0;
    this.program = program;
    this.batch = batch;
    this.width = model.layout.modalities.reduce((sum, m) => sum + m.latents + m.exogenous, 0);
    this.columns = model.layout.modalities.reduce((sum, m) => sum + m.columns, 0);
  }

  static load(config: ModelConfig, parameters: ParameterValues, batch: number, options: ProgramOptions): ModelParts {
    const model = new MultimodalModel(config, 1);
    const program = Program.load(partsProgram(model, batch), options);
    program.set(
      'data',
      'order',
      Int32Array.from({ length: batch }, (_, i) => i),
    );
    for (const name of Object.keys(program.compiled.parameters)) {
      program.set('parameters', name, parameters.get(name)!.values);
    }
    return new ModelParts(model, program, batch);
  }

  /** @param values per modality, batch × columns @returns by output, features × batch */
  encode(values: readonly Float32Array[]): Promise<Outputs> {
    return this.run('encode', dataName, this.layout, values);
  }

  /** @param v per modality, batch × (latents + exogenous) as the encoder gives them */
  decode(v: readonly Float32Array[]): Promise<Outputs> {
    const groups = this.layout.groups.map((group) => ({ ...group, columns: group.latents + group.exogenous }));
    return this.run('decode', movedName, { ...this.layout, groups }, v);
  }

  async dispose(): Promise<void> {
    await this.program.dispose();
  }

  private async run(
    entry: string,
    nameOf: (group: number) => string,
    layout: LatentLayout,
    values: readonly Float32Array[],
  ): Promise<Outputs> {
    layout.groups.forEach((_, g) => this.program.set('data', nameOf(g), groupValues(layout, g, values, this.batch)));
    const { results } = await this.program.run(entry);
    return Object.fromEntries(
      Object.entries(this.program.compiled.entries[entry].outputs).map(([name, { offset, shape }]) => [
        name,
        results.subarray(offset, offset + shape.reduce((a, b) => a * b)),
      ]),
    );
  }
}

/** Features × batch by name. */
export type Outputs = Readonly<Record<string, Float32Array>>;

function partsProgram(model: MultimodalModel, batch: number): CompiledProgram {
  const { layout, prior } = model;
  const order = data('order', [1, 1, batch], 'int32');
  const posterior = model.encode(miniBatches(layout, batch, order));
  const { z } = model.components(posterior.mean);
  const given = layout.groups.map(({ members, latents, exogenous }, g) => {
    const width = latents + exogenous;
    const leaf = data(movedName(g), [batch, members.length * width]);
    return reshape(gather(leaf, order), [1, members.length, width, batch]);
  });
  return compile({
    runs: 1,
    entries: {
      encode: {
        outputs: {
          v: stackModalities(layout, posterior.mean),
          logVariance: stackModalities(layout, posterior.logVariance),
          z: model.untie(z),
          epsilon: model.untie(prior.epsilon(z, prior.condition(z, prior.gates('hard', noNoise)))),
          x: stackModalities(layout, model.decode(posterior.mean)),
        },
      },
      decode: { outputs: { x: stackModalities(layout, model.decode(given)), z: model.latents(given) } },
    },
  });
}

function movedName(group: number): string {
  return `v.${group}`;
}

/** What the encoder says of every subject, before and after the map to components. */
export interface Posteriors extends Pick<Examination, 'mean' | 'variance' | 'epsilon' | 'reconstruction'> {
  /** (z or its subspace, η) as the decoder reads them, rows × width. */
  readonly v: Float32Array;
}

async function posteriors(parts: ModelParts, values: readonly Float32Array[], rows: number): Promise<Posteriors> {
  const { layout, batch, width, columns } = parts;
  const v = new Float32Array(rows * width);
  const mean = new Float32Array(rows * width);
  const epsilon = new Float32Array(rows * layout.latents);
  const reconstruction = new Float32Array(rows * columns);
  const variance = new Float64Array(width);
  const latentEntries = positionsOfLatents(layout);
  const noise = new RandomStream(0, 0);
  for (let start = 0; start < rows; start += batch) {
    const count = Math.min(batch, rows - start);
    const encoded = await parts.encode(
      layout.modalities.map((m, index) => padded(values[index], m.columns, start, count, batch)),
    );
    transpose(encoded['v'], batch, count, v, start, width);
    transpose(encoded['epsilon'], batch, count, epsilon, start, layout.latents);
    transpose(encoded['x'], batch, count, reconstruction, start, columns);
    // One draw of every subject's posterior: its distance from the mean, squared, has the variance as its expectation.
    const drawn = new Float32Array(batch * width);
    for (let i = 0; i < batch; i++) {
      for (let f = 0; f < width; f++) {
        const sd = Math.exp(encoded['logVariance'][f * batch + i] / 2);
        drawn[i * width + f] = encoded['v'][f * batch + i] + sd * noise.normal();
      }
    }
    const sampled = await parts.decode(split(layout, drawn, batch));
    for (let i = 0; i < count; i++) {
      const at = (start + i) * width;
      for (let f = 0; f < width; f++) {
        mean[at + f] = v[at + f];
        variance[f] += Math.exp(encoded['logVariance'][f * batch + i]) / rows;
      }
      latentEntries.forEach((f, d) => {
        mean[at + f] = encoded['z'][d * batch + i];
        if (!parts.mapsComponents) return;
        variance[f] +=
          ((sampled['z'][d * batch + i] - encoded['z'][d * batch + i]) ** 2 -
            Math.exp(encoded['logVariance'][f * batch + i])) /
          rows;
      });
    }
  }
  return { v, mean, variance, epsilon, reconstruction };
}

/** Where the latents stand among the entries of (z, η). */
export function positionsOfLatents({ modalities }: LatentLayout): number[] {
  let first = 0;
  return modalities.flatMap((m) => {
    const own = Array.from({ length: m.latents }, (_, k) => first + k);
    first += m.latents + m.exogenous;
    return own;
  });
}

/** Rows × width as one table per modality. */
export function split({ modalities }: LatentLayout, rows: Float32Array, count: number): Float32Array[] {
  const width = rows.length / count;
  let first = 0;
  return modalities.map((m) => {
    const own = m.latents + m.exogenous;
    const part = new Float32Array(count * own);
    for (let i = 0; i < count; i++) part.set(rows.subarray(i * width + first, i * width + first + own), i * own);
    first += own;
    return part;
  });
}

function padded(values: Float32Array, columns: number, start: number, count: number, batch: number): Float32Array {
  const part = new Float32Array(batch * columns);
  part.set(values.subarray(start * columns, (start + count) * columns));
  return part;
}

/** Features × batch into rows × features, from row `start` on. */
function transpose(
  source: Float32Array,
  batch: number,
  count: number,
  target: Float32Array,
  start: number,
  features: number,
): void {
  for (let f = 0; f < features; f++) {
    for (let i = 0; i < count; i++) target[(start + i) * features + f] = source[f * batch + i];
  }
}
