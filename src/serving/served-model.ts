// One loaded RUN folder: it answers questions, and is freed after its last answer.

import type { GraphCauses } from '../causal/index.js';
import { conclusionsOf, withSupportedCauses } from '../conclusions/index.js';
import { isMeasured } from '../data/kinds.js';
import { sizesOf } from '../data/regular-array.js';
import { columnsRead } from '../data/transform.js';
import type { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import { Batcher, type BatchOptions } from './batcher.js';
import { LatentWriter } from './latent-text.js';
import { rowScanner, type RowScanner } from './row-scanner.js';

/** Numbers of subjects for which separate programs are compiled. */
const WARM_UP = [1, 100, 500];

interface Loaded {
  readonly name: string;
  readonly folder: string;
  /** Stamp of the folder before it was read. */
  readonly stamp: string | undefined;
  readonly model: MultimodalCausalModel;
}

export class ServedModel implements Loaded {
  readonly name: string;
  readonly folder: string;
  readonly stamp: string | undefined;
  readonly model: MultimodalCausalModel;
  readonly batcher: Batcher;
  readonly latents: LatentWriter;
  /** Undefined for models whose rows JSON.parse must read. */
  readonly scan: RowScanner | undefined;
  /** SHA-256 of run.json, which contains the SHA-256 of all other files. */
  readonly digest: string;
  /** Part of every answer. After a reload, clients can see which model answered. */
  readonly identity: string;
  readonly loadedAt = new Date();
  #inFlight = 0;
  #isRetired = false;
  #isEnded = false;
  readonly #gone = deferred();

  constructor({ name, folder, stamp, model }: Loaded, options: BatchOptions, onBatch: (subjects: number) => void) {
    this.name = name;
    this.folder = folder;
    this.stamp = stamp;
    this.model = model;
    this.digest = model.digest ?? '';
    this.identity = `${name}; sha256=${this.digest}`;
    this.batcher = new Batcher(model, options, onBatch);
    this.latents = new LatentWriter(model.graph.nodes);
    this.scan = rowScanner(model.columnScales);
  }

  get isIdle(): boolean {
    return this.#inFlight === 0;
  }

  /** Compiles the programs of `encode` for few and for many subjects, so that the first request need not wait. */
  async warmUp(): Promise<void> {
    const { model } = this;
    if (model.columnScales.some(({ regularArray }) => regularArray)) return;
    for (const rows of WARM_UP) {
      const modalities = model.columnScales.map((scales) => ({
        ...scales,
        values: new Float32Array(rows * scales.columns.length),
      }));
      await model.encode({ ids: Array.from({ length: rows }, String), modalities });
    }
  }

  /** Keeps the model in memory until it is released. */
  hold(): this {
    this.#inFlight++;
    return this;
  }

  release(): void {
    this.#inFlight--;
    if (this.#isRetired && this.#inFlight === 0) this.#end();
  }

  /** Answers open requests, then frees the native programs. Idempotent. */
  retire(): Promise<void> {
    this.#isRetired = true;
    if (this.#inFlight === 0) this.#end();
    return this.#gone.promise;
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    void this.model.dispose().finally(this.#gone.resolve);
  }

  /** Describes the model for clients: its columns, latents, edges and origin. */
  describe(): object {
    const { model, name } = this;
    const { summary, graph } = model;
    return {
      name,
      study: summary.study,
      version: summary.version,
      fingerprint: summary.fingerprint,
      digest: this.digest,
      fittedSubjects: summary.subjects.train + summary.subjects.validation + summary.subjects.test,
      loadedAt: this.loadedAt.toISOString(),
      nativeBytes: model.nativeBytes,
      modalities: model.columnScales.map((scales) => {
        const { transform, batches, covariates, regularArray, levels } = scales;
        const kinds = new Map(scales.columns.map((column) => [column.of ?? column.name, column]));
        const names = regularArray ? scales.columns.map((column) => column.name) : columnsRead(scales);
        return {
          name: scales.name,
          kind: regularArray?.kind ?? 'table',
          ...(regularArray && { shape: sizesOf(regularArray) }),
          ...(transform && { transform: transform.kind }),
          ...(batches && { batches }),
          ...(covariates && { adjustedFor: [...new Set(covariates.map(({ column }) => column))] }),
          columns: names.map((column) => {
            const scale = kinds.get(column);
            const known = levels && Object.hasOwn(levels, column) ? levels[column] : undefined;
            return {
              name: column,
              kind: scale?.kind ?? 'gaussian',
              unit: 'as in the training tables',
              ...(known && { levels: known }),
              ...(scale && isMeasured(scale.kind) && !transform && { log: scale.log, mean: scale.mean, sd: scale.sd }),
            };
          }),
          latents: graph.nodes.filter(({ modality }) => modality === scales.name).map((node) => node.name),
        };
      }),
      edges: graph.edges.map(({ from, to, strength, effect, direction }) => ({
        from,
        to,
        strength,
        effect,
        direction,
      })),
      ...(graph.causes && causesOf(withSupportedCauses(graph, conclusionsOf(graph, summary)))),
    };
  }
}

function causesOf({ causes, causeEdges }: GraphCauses): GraphCauses {
  return { causes, causeEdges };
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
