// Encoder and decoder of a model as two entries of one program.

import { compile, type CompiledProgram } from '../compile/index.js';
import { termCount } from '../data/causes.js';
import type { ObservedValues } from '../data/dataset.js';
import { sizePosition, valueCount } from '../data/observation.js';
import { data, gather, reshape } from '../graph/index.js';
import { sizeOf } from '../graph/shapes.js';
import { CAUSE_TERMS, causeBatches, causeData } from '../networks/cause-effects.js';
import { stackModalities, type LatentLayout } from '../networks/layout.js';
import { MultimodalModel, type ModelConfig } from '../networks/multimodal.js';
import { dataName, groupData, miniBatches, sideBySide, type LeafData } from '../networks/sources.js';
import { Program, type ProgramOptions } from '../runtime/program.js';
import { SerialQueue } from '../threads/serial-queue.js';
import { noNoise, type ParameterValues } from './batch-program.js';

/** Outputs by name, features × batch. */
export type Outputs = Readonly<Record<string, Float32Array>>;

/** Returns the size of a row's subject in a modality, as in the table; 0 is an average size. */
export type SizeOf = (row: number, modality: number) => number;

export class ModelParts {
  readonly layout: LatentLayout;
  readonly mapsComponents: boolean;
  readonly batch: number;
  /** Σ (latents + exogenous). */
  readonly width: number;
  /** T, the number of terms of observed causes. */
  readonly terms: number;
  readonly #program: Program;
  readonly #queue = new SerialQueue();

  private constructor(model: MultimodalModel, program: Program, batch: number) {
    this.layout = model.layout;
    this.terms = termCount(model.config.causes ?? []);
    this.mapsComponents = model.config.componentMap > 0;
    this.#program = program;
    this.batch = batch;
    this.width = model.layout.modalities.reduce((sum, m) => sum + m.latents + m.exogenous, 0);
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

  /**
   * Encodes a batch.
   * @param values per modality, batch × columns
   * @param causes terms of observed causes, batch × T. Default: the reference
   * @returns by output, features × batch
   */
  encode(values: readonly ObservedValues[], causes?: Float32Array): Promise<Outputs> {
    const leaves = groupData(this.layout, values, this.batch);
    const { data } = this.#program.compiled;
    const terms = CAUSE_TERMS in data ? causeData(causes ?? new Float32Array(sizeOf(data[CAUSE_TERMS].shape))) : [];
    return this.#run('encode', new Map([...leaves, ...terms]));
  }

  /**
   * Decodes a batch.
   * @param v per modality, batch × (latents + exogenous), as the encoder returns them
   * @param sizeOf sizes of the rows of the batch; 0 when left out
   */
  decode(v: readonly Float32Array[], sizeOf: SizeOf = () => 0): Promise<Outputs> {
    const { groups } = this.layout;
    const moved = groups.map(({ members }, g): [string, Float32Array] => [
      movedName(g),
      sideBySide(members, (m) => v[m], this.batch),
    ]);
    const sized = groups.flatMap(({ members, observation }, g): [string, Float32Array][] => {
      const at = sizePosition(observation);
      if (at === undefined) return [];
      const table = (m: number) => sizeTable(this.batch, valueCount(observation), at, (row) => sizeOf(row, m));
      return [[dataName(g), sideBySide(members, table, this.batch)]];
    });
    return this.#run('decode', new Map([...moved, ...sized]));
  }

  get nativeBytes(): number {
    return this.#program.memory().total;
  }

  async dispose(): Promise<void> {
    await this.#program.dispose();
  }

  async #run(entry: string, leaves: ReadonlyMap<string, LeafData>): Promise<Outputs> {
    const { results } = await this.#queue.run(() => {
      for (const [name, values] of leaves) this.#program.set('data', name, values);
      return this.#program.run(entry);
    });
    return Object.fromEntries(
      Object.entries(this.#program.compiled.entries[entry].outputs).map(([name, { offset, shape }]) => [
        name,
        results.subarray(offset, offset + shape.reduce((a, b) => a * b)),
      ]),
    );
  }
}

function partsProgram(model: MultimodalModel, batch: number): CompiledProgram {
  const { layout, prior } = model;
  const order = data('order', [1, 1, batch], 'int32');
  const x = miniBatches(layout, batch, order);
  const posterior = model.infer(x);
  const { z } = model.components(posterior.mean);
  const { causes } = model.config;
  const terms = causes && causeBatches(causes, batch, order);
  const moved = layout.groups.map(({ members, latents, exogenous }, g) => {
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
          epsilon: model.untie(prior.epsilon(z, prior.condition(z, prior.gates('hard', noNoise), undefined, terms))),
          x: stackModalities(layout, model.decode(posterior.mean, x)),
        },
      },
      decode: {
        outputs: {
          x: stackModalities(layout, model.decode(moved, x)),
          z: model.latents(moved),
          theta: stackModalities(layout, model.theta(moved)),
        },
      },
    },
  });
}

/** Returns a table, rows × width, in which only the sizes are set and read. */
function sizeTable(rows: number, width: number, at: number, sizeOf: (row: number) => number): Float32Array {
  const table = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) table[row * width + at] = sizeOf(row);
  return table;
}

function movedName(group: number): string {
  return `v.${group}`;
}
