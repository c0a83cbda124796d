// A fitted model in a page: its graph, and the latents of subjects. Their tables never leave the page.

import type { LatentGraph } from '../causal/graph.js';
import { selectCauses } from '../data/causes.js';
import type { Dataset, Subjects } from '../data/dataset.js';
import { presenceOf } from '../data/presence.js';
import { rescale } from '../data/rescale.js';
import { consecutive, selectSubjects } from '../data/select-rows.js';
import { valuesPerSubject } from '../data/regular-array.js';
import { InputError, StateError } from '../errors/errors.js';
import type { ParameterValues } from '../inference/inference.js';
import {
  type OutOfFoldLatents,
  ModelLatents,
  type Latents,
  type ModalityPosterior,
} from '../inference/model-latents.js';
import { gapWarnings } from '../questions/gap-warnings.js';
import { savedGaussian } from '../questions/gaussian-answers.js';
import type { Warning } from '../quality/index.js';
import type { Inspection } from '../study/inspection/inspection.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { SimulationOptions } from '../simulation/options.js';
import type { Study } from '../study/reading/study-data.js';
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

/** Number of subjects that are encoded between two reports of progress. */
const PART = 256;

export interface EncodeOptions {
  /**
   * The study file of the tables (study.yaml). It is needed if they have codes of missing values, limits, or another id
   * column than the model. Its tables are found by file name.
   */
  readonly study?: FileContent | undefined;
  /** Adds the standard deviation of each latent. Default: false. */
  readonly sd?: boolean | undefined;
  /** Aborting rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Receives the number of encoded subjects, and of all subjects. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Subjects of the tables in their order, with their latents. */
export interface EncodedSubjects {
  readonly ids: readonly string[];
  /** Latents by modality: subjects × latents, row-major. */
  readonly latents: Latents;
  /** Standard deviations of the latents, if requested by `sd`. */
  readonly sd?: Latents | undefined;
  /** By modality, 1 for subjects without any value of it: their latents are inferred from their other modalities. */
  readonly inferred: Readonly<Record<string, Uint8Array>>;
  /** Missing values, and subjects that were left out. */
  readonly inspection: Inspection;
  /** Warnings about the use of the latents. */
  readonly warnings: readonly Warning[];
  /** The data that were read, standardised as in the fit. */
  readonly dataset: Dataset;
}

interface LoadedRun {
  readonly summary: RunSummary;
  readonly parameters: ParameterValues;
  readonly graph: LatentGraph | undefined;
  readonly history: readonly EpochMetrics[];
  readonly outOfFold?: OutOfFoldLatents | undefined;
}

/** A fitted model. {@link loadModel} and {@link fit} create it. */
export class WebModel {
  /** Strengths, edges and their agreement over restarts. Undefined without graph.json. */
  readonly graph: LatentGraph | undefined;
  /** Content of run.json: settings, chosen restart, objectives, evidence. */
  readonly summary: RunSummary;
  /** One record per epoch. Empty without metrics.jsonl. */
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
      {
        model: summary.model,
        missing: summary.config,
        parameters,
        causes: summary.causes,
        gaussian: () => savedGaussian(parameters),
      },
      summary.columns,
      this.#options,
    );
  }

  /** Standardisation of the columns of each modality, in the model's order. */
  get columnScales(): RunSummary['columns'] {
    return this.summary.columns;
  }

  /** Returns the names of the latents of a modality in order: `blood.z1`, …. */
  latentNames(modality: string): string[] {
    const config = this.summary.model.modalities.find(({ name }) => name === modality);
    return Array.from({ length: config?.latents ?? 0 }, (_, k) => `${modality}.z${k + 1}`);
  }

  /**
   * Returns the latents of every subject of some tables, with the same numbers as `interlatent encode`.
   *
   * @param files text tables (.csv, .tsv, .txt, also with .gz), each with the model's id column. A file with the name
   *   of a modality belongs to that modality; another file belongs to the modalities whose columns it has. Modalities
   *   without a table are left out. Image files (.png, .jpg, .webp) are in a folder with the name of their modality and
   *   have the subject's id as name, or a table with the name of the modality lists them
   * @throws InputError `modality-mismatch`, `missing-column`, `duplicate-id`, `missing-id`, `not-numeric`,
   *   `unknown-level`, `damaged-file`, `empty-table`, and the other errors of `readStudy` with a model's scales;
   *   StateError `disposed`; the signal's reason
   */
  async encode(files: Files, options: EncodeOptions = {}): Promise<EncodedSubjects> {
    const study = await this.#read(files, options);
    const { dataset, inspection } = study;
    const latents = this.#latents;
    const present = latents.select(dataset.modalities.map(({ name }) => name));
    const posteriors = await this.#encode(dataset, options);
    const inferred = Object.fromEntries(
      present.map(({ name }) => {
        const modality = dataset.modalities.find((data) => data.name === name);
        const flags = modality && presenceOf(modality);
        return [name, flags?.map((isPresent) => 1 - isPresent) ?? new Uint8Array(dataset.ids.length).fill(1)];
      }),
    );
    const part = (which: 'mean' | 'sd') =>
      Object.fromEntries(Object.entries(posteriors).map(([name, posterior]) => [name, posterior[which]]));
    return {
      ids: dataset.ids,
      latents: part('mean'),
      ...(options.sd && { sd: part('sd') }),
      inferred,
      inspection,
      dataset,
      warnings: gapWarnings(this.summary.model, latents.ofDataset(dataset)),
    };
  }

  /**
   * Draws artificial people from the population that the model was fitted to. They show the meaning of latents, and a
   * single person can be compared with them.
   * @param people their number, by default 300. They are the same ones every time
   * @throws InputError `no-inverse`, `cyclic-graph`, `no-subjects` for a fit from which people cannot be drawn
   */
  async typical(people: number = 300): Promise<TypicalPeople> {
    this.#checkAlive();
    const { typicalPeople } = await import('./typical.js');
    return typicalPeople(this.summary, this.#parameters, { people, options: this.#options });
  }

  /**
   * Returns the report of `interlatent report`: one HTML page that needs only a browser.
   * @param files tables of the subjects to report on, as for {@link encode}. Without them, sections say what they lack
   * @throws as `encode`; InputError `no-graph` without graph.json
   */
  async report(files?: Files, options: EncodeOptions = {}): Promise<string> {
    this.#checkAlive();
    const { graph, summary, history } = this;
    if (!graph) throw new InputError('no-graph', 'A report needs graph.json in addition to run.json. Choose it, too.');
    const study = files && (await this.#read(files, options));
    const { reportPage } = await import('./report.js');
    const run = { summary, graph, history, parameters: this.#parameters };
    return reportPage(run, { latents: this.#latents, options: this.#options, outOfFold: this.#outOfFold }, study);
  }

  /**
   * Returns the files of the model's RUN folder by name, for saving. `interlatent` and {@link loadModel} can read them.
   * @throws InputError `no-graph` without graph.json
   */
  async files(): Promise<Record<string, Uint8Array>> {
    const { graph, summary, history } = this;
    if (!graph) throw new InputError('no-graph', 'The files of this model lack graph.json. Choose it, too.');
    const { savedFiles } = await import('./fit.js');
    return savedFiles({ summary, graph, history, parameters: this.#parameters, heldOut: undefined });
  }

  /** Frees the programs of the model. The graph and the summary stay readable. Idempotent. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.#latents.dispose();
  }

  async #read(files: Files, { study, signal }: EncodeOptions): Promise<Study> {
    this.#checkAlive();
    const { study: name, id, columns: scales, causes } = this.summary;
    const opened = openedFiles('encode', files);
    const images = imageFiles(opened, signal);
    const sources = { tables: tablesOf(opened.filter((file) => !isImage(file))), images };
    return study === undefined
      ? plainStudy(sources, { study: name, id, scales, causes })
      : studyOfFile(sources, study, { scales, causes });
  }

  /** Encodes subjects in parts, so that the page can show the progress. */
  async #encode(
    dataset: Subjects,
    { sd, signal, onProgress }: EncodeOptions,
  ): Promise<Record<string, ModalityPosterior>> {
    const present = this.#latents.select(dataset.modalities.map(({ name }) => name));
    const values = rescale(dataset, present);
    const total = dataset.ids.length;
    const parts: Record<string, ModalityPosterior>[] = [];
    onProgress?.(0, total);
    for (let start = 0; start < total; start += PART) {
      signal?.throwIfAborted();
      const rows = consecutive(start, Math.min(PART, total - start));
      const some = values.map((table, m) => {
        const selected = selectSubjects(table, valuesPerSubject(present[m]), rows);
        return { values: selected.values, observed: selected.observed && Uint8Array.from(selected.observed) };
      });
      const causes = dataset.causes && selectCauses(dataset.causes, rows);
      parts.push(
        sd
          ? await this.#latents.posterior(present, some, rows.length, { signal, causes })
          : meansOnly(await this.#latents.encode(present, some, rows.length, { signal, causes })),
      );
      onProgress?.(start + rows.length, total);
    }
    signal?.throwIfAborted();
    return Object.fromEntries(
      present.map(({ name }) => {
        const posteriors = parts.map((part) => part[name]);
        return [
          name,
          {
            mean: joined(posteriors.map(({ mean }) => mean)),
            sd: joined(posteriors.map((one) => one.sd)),
            inferred: Uint8Array.from(posteriors.flatMap(({ inferred }) => [...inferred])),
          },
        ];
      }),
    );
  }

  #checkAlive(): void {
    if (this.#disposed) throw new StateError('disposed', 'This model was disposed. Load it again.');
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
 * Loads a model from the files of a RUN folder. They stay in the page.
 *
 * @param files files of a folder that was chosen, dropped or fetched: run.json and model.safetensors; graph.json for
 *   the graph and the report, metrics.jsonl for the report. Other files are ignored
 * @throws InputError `no-run` if a needed file is missing, `several-runs`, `damaged-file`, `invalid-graph`
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
    const names = opened.slice(0, 6).map((file) => file.name);
    throw new InputError(
      'no-run',
      `${name} is not among these files (${names.join(', ') || 'no file'}). Choose the folder of a fit, or its ` +
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
    summary,
    parameters,
    graph: graph && graphOf(checked(GRAPH_FILE, graph), summary),
    history: metrics ? parseMetrics(checked(METRICS_FILE, metrics).bytes, metrics.path) : [],
  };
  return new WebModel(run, options);
}

/**
 * Fits a model to tables in the page, on the GPU of the host. No data leave the page.
 *
 * @param files the tables that the study file names, found by file name
 * @param options `study` and `gpu`, and settings as in `interlatent fit`
 * @throws as `readStudy` and `MultimodalCausalModel.fit`; InputError `missing-file` for a table that is not among
 *   `files`
 */
export async function fit(files: Files, options: FitOptions): Promise<WebModel> {
  const { fitFiles } = await import('./fit.js');
  return new WebModel(await fitFiles(files, options), { gpu: options.gpu });
}

/**
 * Simulates people with a known graph, as data for a first fit. It returns the files that `interlatent simulate`
 * writes.
 *
 * @param caseName `case1` or another case of docs/reference/simulation.md
 * @returns a CSV per modality, and study.yaml
 * @throws InputError `unknown-case`, `invalid-option`
 */
export async function simulated(caseName: string, options: SimulationOptions = {}): Promise<Record<string, string>> {
  const { simulatedStudy } = await import('./simulated.js');
  return simulatedStudy(caseName, options);
}

/**
 * Loads the code that is otherwise loaded on first use: the report, drawings, study files, and the fit.
 * Afterwards the page sends no request to its server.
 */
export async function preload(): Promise<void> {
  await Promise.all([import('./report.js'), import('./typical.js'), import('./simulated.js'), import('./fit.js')]);
  await Promise.all([
    import('./cause-chart.js'),
    import('../report/graph-svg.js'),
    import('../study/grammar/parse-study.js'),
    import('../study/reading/fit-adjustment.js'),
    import('../study/reading/array-modality.js'),
    import('../study/reading/inspect-design.js'),
    import('../interpretation/variance.js'),
    import('../interpretation/loadings.js'),
  ]);
}

/** Returns the file of this name, or undefined. @throws InputError `several-runs` if there are several */
function onlyOne(files: readonly OpenedFile[], name: string): OpenedFile | undefined {
  const matches = files.filter((file) => file.name === name);
  if (matches.length < 2) return matches.at(0);
  throw new InputError('several-runs', `There are ${matches.length} files ${name}. Choose the folder of one fit.`, {
    file: name,
  });
}
