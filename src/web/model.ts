// A fitted model in a page: its graph, and latents of subjects whose tables never leave the page.

import type { LatentGraph } from '../causal/graph.js';
import type { Dataset, Subjects } from '../data/dataset.js';
import { presenceOf } from '../data/presence.js';
import { rescale } from '../data/rescale.js';
import { consecutive, selectSubjects } from '../data/select-rows.js';
import { valuesPerSubject } from '../data/regular-array.js';
import { InputError, StateError } from '../errors.js';
import type { ParameterValues } from '../inference/inference.js';
import type { OutOfFoldLatents } from '../inference/out-of-fold.js';
import { ModelLatents, type Latents, type ModalityPosterior } from '../inference/model-latents.js';
import { gapWarnings } from '../questions/gap-warnings.js';
import { savedGaussian } from '../questions/gaussian-answers.js';
import type { Warning } from '../quality/index.js';
import type { Inspection } from '../study/inspection.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { SimulationOptions } from '../simulation/options.js';
import type { Study } from '../study/study-data.js';
import { METRICS_FILE, parseMetrics } from '../training/metrics-file.js';
import {
  checkDigest,
  GRAPH_FILE,
  graphOf,
  parametersOf,
  summaryOf,
  SUMMARY_FILE,
  WEIGHTS_FILE,
  type RunFile,
} from '../training/run-files.js';
import type { EpochMetrics } from '../training/training-state.js';
import type { RunSummary } from '../training/run-summary.js';
import { bytesOf, openedFiles, type FileContent, type Files, type OpenedFile } from './files.js';
import type { FitOptions } from './fit.js';
import { programOptions, type GpuOption } from './options.js';
import { isImage, imageFiles } from './image-files.js';
import { plainStudy, studyOfFile } from './study.js';
import { tablesOf } from './tables.js';
import type { TypicalPeople } from './typical.js';

/** Subjects that are encoded before the page is told how far it is. */
const PART = 256;

export interface EncodeOptions {
  /**
   * The study file of the tables (study.yaml), where they have codes of missing values, limits or other columns of ids
   * than the model's. Its tables are found by the last part of their paths.
   */
  readonly study?: FileContent | undefined;
  /** Also how sure the model is of each latent. Default: false. */
  readonly sd?: boolean | undefined;
  /** Aborting rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told how many subjects are encoded, of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Subjects of the tables, in their order, and what the model says of them. */
export interface EncodedSubjects {
  readonly ids: readonly string[];
  /** By modality that the tables have: subjects × latents, row-major. */
  readonly latents: Latents;
  /** Standard deviations of the latents, where `sd` asked for them. */
  readonly sd?: Latents | undefined;
  /** By modality: 1 for subjects without a value of it, whose latents are inferred from the others. */
  readonly inferred: Readonly<Record<string, Uint8Array>>;
  /** Who lacks what, and which subjects were left out. */
  readonly inspection: Inspection;
  /** What to know before the latents are used. */
  readonly warnings: readonly Warning[];
  /** What was read: standardised as in the fit. */
  readonly dataset: Dataset;
}

interface LoadedRun {
  readonly summary: RunSummary;
  readonly parameters: ParameterValues;
  readonly graph: LatentGraph | undefined;
  readonly history: readonly EpochMetrics[];
  readonly outOfFold?: OutOfFoldLatents | undefined;
}

/** A fitted model. Make one with {@link loadModel}. */
export class WebModel {
  /** Strengths, edges and their agreement over the runs of the fit; undefined where graph.json was not given. */
  readonly graph: LatentGraph | undefined;
  /** Settings, chosen run, objectives, evidence: what run.json holds. */
  readonly summary: RunSummary;
  /** One record per epoch; empty where metrics.jsonl was not given. */
  readonly history: readonly EpochMetrics[];
  readonly #parameters: ParameterValues;
  readonly #options: ProgramOptions;
  readonly #latents: ModelLatents;
  readonly #outOfFold: OutOfFoldLatents | undefined;
  #disposed = false;

  /** @internal */
  constructor({ summary, parameters, graph, history, outOfFold }: LoadedRun, options: GpuOption) {
    this.#outOfFold = outOfFold;
    this.graph = graph;
    this.summary = summary;
    this.history = history;
    this.#parameters = parameters;
    this.#options = programOptions(options);
    this.#latents = new ModelLatents(
      { model: summary.model, missing: summary.config, parameters, gaussian: () => savedGaussian(parameters) },
      summary.columns,
      this.#options,
    );
  }

  /** How each modality's columns are standardised, in the model's order. */
  get columnScales(): RunSummary['columns'] {
    return this.summary.columns;
  }

  /** Names of the latents of a modality, `blood.z1`, …, in order. */
  latentNames(modality: string): string[] {
    const own = this.summary.model.modalities.find(({ name }) => name === modality);
    return Array.from({ length: own?.latents ?? 0 }, (_, k) => `${modality}.z${k + 1}`);
  }

  /**
   * Latents of every subject of some tables: the numbers that `interlatent encode` gives for the same tables.
   *
   * @param files text tables (.csv, .tsv, .txt, also with .gz), each with the model's id column. A file that is called
   *   as a modality is that modality's; another is of those whose columns it has. Modalities without a table are left
   *   out. Beside them image files (.png, .jpg, .webp) of modalities of images: in a folder that is called as the
   *   modality, each by the subject's id, or as a table of that name lists them
   * @throws InputError `modality-mismatch`, `missing-column`, `duplicate-id`, `missing-id`, `not-numeric`,
   *   `unknown-level`, `damaged-file`, `empty-table` and whatever else `readStudy` throws with a model's scales;
   *   StateError `disposed`; the signal's reason
   */
  async encode(files: Files, options: EncodeOptions = {}): Promise<EncodedSubjects> {
    const study = await this.#read(files, options);
    const { dataset, inspection } = study;
    const latents = this.#latents;
    const given = latents.select(dataset.modalities.map(({ name }) => name));
    const posteriors = await this.#encode(dataset, options);
    const inferred = Object.fromEntries(
      given.map((own) => {
        const modality = dataset.modalities.find(({ name }) => name === own.name);
        const present = modality && presenceOf(modality);
        return [own.name, present?.map((there) => 1 - there) ?? new Uint8Array(dataset.ids.length).fill(1)];
      }),
    );
    const part = (which: 'mean' | 'sd') =>
      Object.fromEntries(Object.entries(posteriors).map(([name, own]) => [name, own[which]]));
    return {
      ids: dataset.ids,
      latents: part('mean'),
      ...(options.sd && { sd: part('sd') }),
      ...{ inferred, inspection, dataset },
      warnings: gapWarnings(this.summary.model, latents.ofDataset(dataset)),
    };
  }

  /**
   * People who do not exist, drawn from the population that the model was fitted to: what its latents stand for, and
   * whom to compare a single person with.
   * @param people how many, by default 300; the same ones every time
   * @throws InputError `no-inverse`, `cyclic-graph`, `no-subjects` for a fit that cannot be drawn from
   */
  async typical(people: number = 300): Promise<TypicalPeople> {
    this.#checkAlive();
    const { typicalPeople } = await import('./typical.js');
    return typicalPeople(this.summary, this.#parameters, { people, options: this.#options });
  }

  /**
   * A report of the fit, as `interlatent report` writes it: one HTML page that needs nothing but a browser.
   * @param files tables of the subjects to report on, as for {@link encode}; without them sections say what they lack
   * @throws as `encode`; InputError `no-graph` where graph.json was not given
   */
  async report(files?: Files, options: EncodeOptions = {}): Promise<string> {
    this.#checkAlive();
    const { graph, summary, history } = this;
    if (!graph) throw new InputError('no-graph', 'A report needs graph.json beside run.json; choose it too.');
    const study = files && (await this.#read(files, options));
    const { reportPage } = await import('./report.js');
    const run = { summary, graph, history, parameters: this.#parameters };
    return reportPage(run, { latents: this.#latents, options: this.#options, outOfFold: this.#outOfFold }, study);
  }

  /**
   * The files of the model's RUN folder, by name, to be saved: `interlatent` and {@link loadModel} read them.
   * @throws InputError `no-graph` where graph.json was not given
   */
  async files(): Promise<Record<string, Uint8Array>> {
    const { graph, summary, history } = this;
    if (!graph) throw new InputError('no-graph', 'The files of this model lack graph.json; choose it too.');
    const { savedFiles } = await import('./fit.js');
    return savedFiles({ summary, graph, history, parameters: this.#parameters, heldOut: undefined });
  }

  /** Frees what the model computes with. The graph and the summary stay readable. Idempotent. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.#latents.dispose();
  }

  async #read(files: Files, { study, signal }: EncodeOptions): Promise<Study> {
    this.#checkAlive();
    const { study: name, id, columns: scales } = this.summary;
    const opened = openedFiles('encode', files);
    const images = imageFiles(opened, signal);
    const sources = { tables: tablesOf(opened.filter((file) => !isImage(file))), images };
    return study === undefined ? plainStudy(sources, { study: name, id, scales }) : studyOfFile(sources, study, scales);
  }

  /** Part by part, so that the page can say how far it is. */
  async #encode(
    dataset: Subjects,
    { sd, signal, onProgress }: EncodeOptions,
  ): Promise<Record<string, ModalityPosterior>> {
    const given = this.#latents.select(dataset.modalities.map(({ name }) => name));
    const values = rescale(dataset, given);
    const total = dataset.ids.length;
    const parts: Record<string, ModalityPosterior>[] = [];
    onProgress?.(0, total);
    for (let start = 0; start < total; start += PART) {
      signal?.throwIfAborted();
      const rows = consecutive(start, Math.min(PART, total - start));
      const some = values.map((own, m) => {
        const selected = selectSubjects(own, valuesPerSubject(given[m]), rows);
        return { values: selected.values, observed: selected.observed && Uint8Array.from(selected.observed) };
      });
      parts.push(
        sd
          ? await this.#latents.posterior(given, some, rows.length)
          : meansOnly(await this.#latents.encode(given, some, rows.length)),
      );
      onProgress?.(start + rows.length, total);
    }
    signal?.throwIfAborted();
    return Object.fromEntries(
      given.map(({ name }) => {
        const own = parts.map((part) => part[name]);
        return [
          name,
          {
            mean: joined(own.map(({ mean }) => mean)),
            sd: joined(own.map((one) => one.sd)),
            inferred: Uint8Array.from(own.flatMap(({ inferred }) => [...inferred])),
          },
        ];
      }),
    );
  }

  #checkAlive(): void {
    if (this.#disposed) throw new StateError('disposed', 'This model was disposed; load it again.');
  }
}

function meansOnly(latents: Latents): Record<string, ModalityPosterior> {
  const none = { sd: new Float32Array(), inferred: new Uint8Array() };
  return Object.fromEntries(Object.entries(latents).map(([name, mean]) => [name, { mean, ...none }]));
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/**
 * A model of the files of a RUN folder, which stay in the page.
 *
 * @param files of a folder that was chosen, dropped or fetched: run.json and model.safetensors; graph.json for the
 *   graph and the report, metrics.jsonl for the report. Others are not looked at
 * @throws InputError `no-run` where one is missing, `several-runs`, `damaged-file`, `invalid-graph`
 */
export async function loadModel(files: Files, options: GpuOption = {}): Promise<WebModel> {
  const opened = openedFiles('loadModel', files);
  const find = async (name: string): Promise<RunFile | undefined> => {
    const file = onlyOne(opened, name);
    return file && { path: name, bytes: await bytesOf(file.content, name) };
  };
  const need = async (name: string): Promise<RunFile> => {
    const file = await find(name);
    if (file) return file;
    const names = opened.slice(0, 6).map((own) => own.name);
    throw new InputError(
      'no-run',
      `${name} is not among these files (${names.join(', ') || 'no file'}); choose the folder of a fit, or its ` +
        `${SUMMARY_FILE} and ${WEIGHTS_FILE}.`,
      { file: name },
    );
  };
  const { summary, digests } = summaryOf(await need(SUMMARY_FILE));
  const checked = (name: string, file: RunFile): RunFile => {
    checkDigest(digests, name, file);
    return file;
  };
  const parameters = parametersOf(checked(WEIGHTS_FILE, await need(WEIGHTS_FILE)), summary);
  const [graph, metrics] = [await find(GRAPH_FILE), await find(METRICS_FILE)];
  const run = {
    ...{ summary, parameters },
    graph: graph && graphOf(checked(GRAPH_FILE, graph), summary),
    history: metrics ? parseMetrics(checked(METRICS_FILE, metrics).bytes, metrics.path) : [],
  };
  return new WebModel(run, options);
}

/**
 * Fits a model to tables in the page, on its machine's graphics card; nothing leaves the page.
 *
 * @param files the tables that the study file names, found by the last part of their paths
 * @param options `study` and `gpu`, and settings as of `interlatent fit`
 * @throws what `readStudy` and `MultimodalCausalModel.fit` throw; InputError `missing-file` for a table that was not
 *   given
 */
export async function fit(files: Files, options: FitOptions): Promise<WebModel> {
  const { fitFiles } = await import('./fit.js');
  return new WebModel(await fitFiles(files, options), { gpu: options.gpu });
}

/**
 * Made-up people of a known graph, to try a fit on: the files that `interlatent simulate` writes, by name.
 *
 * @param caseName `case1` and the others of docs/reference/simulation.md
 * @returns a CSV per modality, and study.yaml
 * @throws InputError `unknown-case`, `invalid-option`
 */
export async function simulated(caseName: string, options: SimulationOptions = {}): Promise<Record<string, string>> {
  const { simulatedStudy } = await import('./simulated.js');
  return simulatedStudy(caseName, options);
}

/**
 * Loads the parts that are else loaded when they are first asked for: the report, study files, the fit. From then on a
 * page asks its server for nothing.
 */
export async function preload(): Promise<void> {
  await Promise.all([import('./report.js'), import('./typical.js'), import('./simulated.js'), import('./fit.js')]);
  await Promise.all([
    import('../study/parse-study.js'),
    import('../study/fit-adjustment.js'),
    import('../study/array-modality.js'),
  ]);
}

/** @throws InputError `several-runs` */
function onlyOne(files: readonly OpenedFile[], name: string): OpenedFile | undefined {
  const found = files.filter((file) => file.name === name);
  if (found.length < 2) return found.at(0);
  throw new InputError('several-runs', `These files hold ${found.length} of ${name}; choose the folder of one fit.`, {
    file: name,
  });
}
