// The public face of a fit: from a data set to latents per modality and the causal graph between them.

import { resolve } from 'node:path';
import type { LatentGraph } from './causal/index.js';
import { checkDataset } from './data/check.js';
import { scalesOf, type Dataset } from './data/dataset.js';
import { rescale } from './data/rescale.js';
import type { Study } from './study/study.js';
import { StateError } from './errors.js';
import { block } from './metrics/index.js';
import { reportHtml, type ReportDiscovery, type ReportSubjects } from './report/index.js';
import { chooseDevice, type Device, type DeviceName, type MatmulPrecision } from './runtime/device.js';
import { version } from './runtime/package.js';
import type { ProgramOptions } from './runtime/program.js';
import { fitConfig, type FitSettings } from './training/config.js';
import { examine } from './inference/examination.js';
import { fitModel } from './training/fit.js';
import { Inference, type ParameterValues } from './inference/inference.js';
import { ranking } from './training/outcome.js';
import type { LockedFolder } from './training/locked-folder.js';
import type { FitHooks } from './training/part-runner.js';
import { readRun, summaryFormat, writeRun, type RunSummary, type SavedRun } from './training/run-folder.js';
import type { EpochMetrics } from './training/run-state.js';
import { valueCount } from './data/observation.js';

/** Where a model computes. */
export interface DeviceOptions {
  /**
   * `cuda` is the first NVIDIA GPU, `cuda:1` the second; `auto` takes CUDA where it can be used and otherwise the CPU.
   * Default: `cpu`. What is asked for is used or refused, never replaced.
   */
  readonly device?: DeviceName;
  /**
   * What a GPU rounds the factors of matrix products to, for speed; sums are float32. Default: `float32`, all that the
   * CPU computes: others are refused there.
   */
  readonly matmulPrecision?: MatmulPrecision;
}

export interface FitOptions extends FitSettings, Omit<FitHooks, 'device'>, DeviceOptions {}

export interface ReportOptions {
  /** The subjects to report on, usually those of the fit; without them the sections that need data say so. */
  readonly study?: Study | Dataset;
  /** A graph of causal discovery to show beside the model's own, see {@link readDiscovery}. */
  readonly discovery?: ReportDiscovery;
  /** The command line that reproduces the fit, for the reader. */
  readonly command?: string;
}

/** Latents by modality name: subjects × latents, row-major. */
export type Latents = Record<string, Float32Array>;

/**
 * A fitted multimodal causal model: one encoder and decoder per modality, one graph over all latents
 * (Sun et al., ICLR 2025). Make one with {@link MultimodalCausalModel.fit} or {@link MultimodalCausalModel.load}.
 */
export class MultimodalCausalModel {
  /** Strengths, edges and their agreement over the runs of the fit. */
  readonly graph: LatentGraph;
  /** Settings, data fingerprint, chosen run, objectives: what run.json holds. */
  readonly summary: RunSummary;
  /** One record per epoch. */
  readonly history: readonly EpochMetrics[];
  readonly #parameters: ParameterValues;
  readonly #device: Device;
  #inference: Inference | undefined;
  #disposed = false;

  private constructor(run: SavedRun, device: Device) {
    this.#device = device;
    this.graph = run.graph;
    this.summary = run.summary;
    this.history = run.history;
    this.#parameters = run.parameters;
  }

  /** How each modality's columns are standardised, in the model's order. */
  get columnScales(): RunSummary['columns'] {
    return this.summary.columns;
  }

  /**
   * Fits in two parts (subspaces, then components, then a polish) or, with `fit: 'joint'`, in one; every part trains
   * independent runs and goes on with the one that has the lowest validation objective.
   * @param study a study, whose settings are used unless `options` says otherwise, or a data set
   * @throws InputError `invalid-dataset`, `invalid-setting`, `run-exists`, `checkpoint-mismatch`, `damaged-file`;
   *   StateError `run-locked`; NumericError `all-runs-diverged`; DeviceError; FileError; the signal's reason when
   * aborted
   */
  static async fit(study: Study | Dataset, options: FitOptions = {}): Promise<MultimodalCausalModel> {
    const {
      signal,
      onProgress,
      onRuns,
      folder,
      resume,
      checkpointEvery,
      threads,
      device: deviceName,
      matmulPrecision,
      ...settings
    } = options;
    const dataset = 'dataset' in study ? study.dataset : study;
    checkDataset(dataset);
    const ofStudy: FitSettings =
      'dataset' in study ? { ...study.config.training, sparsity: study.config.sparsity } : {};
    const given = withoutUndefined(settings);
    const config = fitConfig({ ...ofStudy, ...given, sparsity: { ...ofStudy.sparsity, ...given.sparsity } });
    const { device, choice } = await chooseDevice(deviceName, matmulPrecision);
    const hooks = { signal, onProgress, onRuns, folder, resume, checkpointEvery, threads, device };
    const fitted = await fitModel(dataset, config, hooks);
    const { split } = dataset;
    const summary: RunSummary = {
      format: summaryFormat(),
      version,
      node: process.version,
      study: 'dataset' in study ? study.name : 'dataset',
      studyFile: 'dataset' in study ? resolve(study.path) : undefined,
      id: 'dataset' in study ? study.config.id : 'id',
      fingerprint: dataset.fingerprint,
      subjects: { train: split.train.length, validation: split.validation.length, test: split.test.length },
      heldOut: Array.from(split.test, (row) => dataset.ids[row]),
      config,
      model: fitted.model,
      columns: dataset.modalities.map(scalesOf),
      parts: fitted.parts.map((part) => ({
        name: part.name,
        chosenRun: ranking(part)[0],
        objectives: part.objectives,
        bestEpochs: part.bestEpochs,
        epochs: part.epochs,
        failures: part.failures,
        seconds: part.history.reduce((sum, epoch) => sum + epoch.seconds, 0),
      })),
      agreement: fitted.agreement,
      determination: fitted.determination,
      seconds: fitted.seconds,
      device: choice,
    };
    const history = fitted.parts.flatMap((part) => part.history);
    return new MultimodalCausalModel({ summary, parameters: fitted.parameters, graph: fitted.graph, history }, device);
  }

  /**
   * A model that `save` wrote; what it is asked for is computed on `device`, in float32 unless `matmulPrecision` says
   * otherwise, however it was fitted.
   * @throws InputError `no-run`, `damaged-file`, `invalid-setting`; DeviceError when the device cannot be used
   */
  static async load(folder: string, options: DeviceOptions = {}): Promise<MultimodalCausalModel> {
    const { device } = await chooseDevice(options.device, options.matmulPrecision);
    return new MultimodalCausalModel(await readRun(folder), device);
  }

  /**
   * Posterior means of the latents of every subject, in the data set's order.
   * @returns by modality name, subjects × latents
   * @throws InputError `modality-mismatch`, `missing-column` when the data set does not fit the model; StateError
   *   `disposed`
   */
  async encode(dataset: Dataset): Promise<Latents> {
    const values = rescale(dataset, this.columnScales);
    const rows = dataset.ids.length;
    const [all] = await this.#program().encode(values, rows);
    return this.#split(all, rows, (m) => m.latents);
  }

  /**
   * Reconstructions x̂ of every subject from its latents, in standardised units.
   * @returns by modality name, subjects × columns
   */
  async reconstruct(dataset: Dataset): Promise<Record<string, Float32Array>> {
    const values = rescale(dataset, this.columnScales);
    const rows = dataset.ids.length;
    const [all] = await this.#program().reconstruct(values, rows);
    return this.#split(all, rows, (m) => valueCount(m.observation));
  }

  /**
   * A report of the fit: one HTML page that needs nothing but a browser (docs/report.md).
   * @throws InputError `modality-mismatch`, `missing-column` when the subjects do not fit the model; StateError
   *   `disposed`
   */
  async report({ study, discovery, command }: ReportOptions = {}): Promise<string> {
    const { summary, graph, history } = this;
    const subjects = study === undefined ? undefined : await this.#examine(study);
    return reportHtml({ summary, graph, history, ...withoutUndefined({ subjects, discovery, command }) });
  }

  /**
   * Writes model.safetensors, run.json, graph.json and metrics.jsonl.
   * @throws StateError `run-locked` while a fit writes there; FileError `unwritable`, `disk-full`
   */
  async save(folder: string | LockedFolder): Promise<void> {
    await writeRun(folder, {
      summary: this.summary,
      parameters: this.#parameters,
      graph: this.graph,
      history: this.history,
    });
  }

  /** Frees the native program. The graph and the summary stay readable. Idempotent. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.#inference?.dispose();
    this.#inference = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #examine(study: Study | Dataset): Promise<ReportSubjects> {
    this.#checkAlive();
    const { modalities: shapes } = this.summary.model;
    const source = 'dataset' in study ? study.dataset : study;
    const values = rescale(source, this.columnScales);
    const modalities = this.columnScales.map((scales, m) => ({ ...shapes[m], ...scales, values: values[m] }));
    const dataset = { ...source, modalities };
    const examination = await examine(this.summary.model, this.#parameters, values, source.ids.length, this.#options());
    if (!('dataset' in study)) return { dataset, examination };
    const { inspection, config } = study;
    const labels = Object.fromEntries(
      Object.entries(config.modalities).map(([name, modality]) => [name, modality.labels]),
    );
    return { dataset, examination, inspection, labels };
  }

  #options(): ProgramOptions {
    return { threads: 1, device: this.#device };
  }

  #checkAlive(): void {
    if (this.#disposed) throw new StateError('disposed', 'This model was disposed; load or fit it again.');
  }

  #program(): Inference {
    this.#checkAlive();
    this.#inference ??= new Inference(this.summary.model, 1, this.#parameters, this.#options());
    return this.#inference;
  }

  #split(
    all: Float32Array,
    rows: number,
    width: (m: RunSummary['model']['modalities'][number]) => number,
  ): Record<string, Float32Array> {
    const { modalities } = this.summary.model;
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

/** The options that have a value: one that is undefined must not hide a setting of the study. */
function withoutUndefined<T extends object>(options: T): Partial<T> {
  const given: Partial<T> = { ...options };
  for (const key in given) if (given[key] === undefined) Reflect.deleteProperty(given, key);
  return given;
}
