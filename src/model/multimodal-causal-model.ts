// The public interface of a fitted model: latents of each modality, the causal graph between them, and questions.

import { checkArgument, checkOneOf, checkOptions } from '../errors/argument.js';
import { graphToJson } from '../causal/graph-json.js';
import type { LatentGraph } from '../causal/index.js';
import {
  Session,
  fitInBackground,
  type FiguresOptions,
  type ReportOptions,
  type ReportWithFigures,
  type TableOptions,
} from '../background/index.js';
import type { Figure } from '../report/figures/index.js';
import type { Dataset, Subjects } from '../data/dataset.js';
import type { Columns, Row } from '../data/row.js';
import type { Study } from '../study/study.js';
import { StateError } from '../errors/errors.js';
import {
  checkFitOptions,
  DEVICE_OPTIONS,
  ENCODE_OPTIONS,
  ENCODE_ROWS_OPTIONS,
  EXPORT_OPTIONS,
  FIGURES_OPTIONS,
  REPORT_OPTIONS,
  TABLE_OPTIONS,
  type EncodeOptions,
  type EncodeRowsOptions,
} from './model-options.js';
import { traced, tracedItems } from '../runtime/telemetry.js';
import type { DeviceOptions, FitOptions, OutOfFold } from '../fit/fit-run.js';
import type { Warning } from '../quality/index.js';
import { chooseDevice, sentDevice, type Device } from '../runtime/device.js';
import type { ParameterValues } from '../inference/inference.js';
import type { ExportOptions } from '../exchange/write.js';
import type { Latents, ModalityPosterior, ModelLatents } from '../inference/model-latents.js';
import type { DescribedConclusions } from '../conclusions/index.js';
import {
  checkDeclared,
  DATASET,
  SIGNAL_OPTION,
  SUBJECTS_OPTION,
  withoutArguments,
  type SubjectsOption,
} from '../questions/question-options.js';
import {
  QUESTIONS,
  type AnswerTo,
  type ItemOf,
  type QuestionName,
  type QuestionOptions,
} from '../questions/questions.js';
import type {
  AnsweredCell,
  GeneratedSubjects,
  ImputedCell,
  InterventionResult,
  Setting,
  SignalOption,
  SubjectCounterfactual,
} from '../questions/index.js';
import type { Typicality } from '../questions/typicality.js';
import { columnVariables } from '../questions/variables.js';
import { NOTEBOOK, shownInNotebooks, type MimeBundle } from '../text/notebook.js';
import { Latest } from '../threads/latest.js';
import { LockedFolder } from '../training/locked-folder.js';
import type { FitProgress } from '../training/stage-runner.js';
import type { RefitLatents, ResultTable, TableName } from '../interpretation/index.js';
import type { ResultFormat, WrittenResults } from '../interpretation/result-file.js';
import type { FirstCohort, Replication } from '../replication/index.js';
import type { RunSummary, SavedRun } from '../training/run-folder.js';
import type { EpochMetrics } from '../training/training-state.js';
import type * as Encoding from './encoding.js';

export type { EncodeOptions, EncodeRowsOptions } from './model-options.js';

/** Latents with their names, as columns for `writeTable`. */
export interface EncodedTable {
  readonly ids: readonly string[];
  /** One column for each latent, by modality in the model's order. */
  readonly columns: readonly EncodedColumn[];
}

export interface EncodedColumn {
  /** `<modality>.z1`, `<modality>.z2`, …. */
  readonly name: string;
  readonly modality: string;
  /** Value of every subject. */
  readonly values: Float32Array;
}

/** A fit in progress. */
export interface FitInProgress {
  /** Ends with the fit, and throws what it throws. A slow reader gets the latest progress and misses some. */
  readonly progress: AsyncIterable<FitProgress>;
  readonly model: Promise<MultimodalCausalModel>;
}

/**
 * A fitted multimodal causal model: one encoder and decoder per modality, one graph over all latents
 * (Sun et al., ICLR 2025). Make one with {@link MultimodalCausalModel.fit} or {@link MultimodalCausalModel.load}.
 */
export class MultimodalCausalModel {
  /** Edges with their strengths and their agreement over the restarts of the fit. */
  readonly graph: LatentGraph;
  /** Content of run.json: settings, fingerprint of the data, chosen restarts, objectives. */
  readonly summary: RunSummary;
  /** Ids of the test split; undefined if the RUN folder has no subjects.json. */
  readonly heldOut: readonly string[] | undefined;
  /** Metrics of each epoch. */
  readonly history: readonly EpochMetrics[];
  /**
   * Out-of-fold latents of a model that was just fitted, as normal scores. Those of each subject come from models that
   * were not trained on it, so that they can be tested. A RUN folder has them in latents.csv and folds.csv.
   */
  readonly outOfFold: OutOfFold | undefined;
  /**
   * SHA-256 of the run.json that the model was read from. That file lists the digests of all other files, so the digest
   * identifies the model. Undefined for a model that was fitted in this process.
   */
  readonly digest: string | undefined;
  readonly #parameters: ParameterValues;
  readonly #device: Device;
  readonly #encoding: typeof Encoding;
  #read: ModelLatents | undefined;
  #currentSession: Session | undefined;
  readonly #folder: string | undefined;
  #disposed = false;

  private constructor(run: SavedRun, { device, encoding, outOfFold, folder }: ModelParts) {
    this.#encoding = encoding;
    this.outOfFold = outOfFold;
    this.#folder = folder;
    this.#device = device;
    this.graph = shownInNotebooks(shownAsJson(run.graph), async () => (await notebook()).graphBundle(run));
    this.summary = run.summary;
    this.heldOut = run.heldOut;
    this.history = run.history;
    this.digest = run.digest;
    this.#parameters = run.parameters;
  }

  /** Scales of each modality's columns, in the model's order. */
  get columnScales(): RunSummary['columns'] {
    return this.summary.columns;
  }

  /**
   * Fits a model in several stages (subspaces, components, polish) or, with `fit: 'joint'`, in one. Every stage trains
   * independent restarts and ranks them by the rule that `summary.stages` names.
   * @param study a study, whose settings are used unless `options` overrides them, or a data set
   * @throws InputError `invalid-dataset`, `invalid-setting`, `run-exists`, `checkpoint-mismatch`, `damaged-file`;
   *   StateError `run-locked`; NumericError `all-runs-diverged`; DeviceError; FileError; the signal's reason if it is
   *   aborted
   */
  static async fit(study: Study | Dataset, options: FitOptions = {}): Promise<MultimodalCausalModel> {
    checkArgument('fit: study', study, {});
    checkFitOptions(options);
    const { run, device, outOfFold } = await fitInBackground(study, options);
    return new MultimodalCausalModel(run, { device, encoding: await import('./encoding.js'), outOfFold });
  }

  /**
   * Starts a fit like `fit`, and returns immediately. Read the progress with `for await (const one of
   * started.progress)`. `model` rejects with what `fit` throws.
   */
  static start(study: Study | Dataset, options: Omit<FitOptions, 'onProgress'> = {}): FitInProgress {
    const progress = new Latest<FitProgress>();
    const onProgress = (one: FitProgress): void => {
      progress.set(one);
    };
    const model = MultimodalCausalModel.fit(study, { ...options, onProgress });
    model.then(
      () => {
        progress.end();
      },
      (error: unknown) => {
        progress.end(error);
      },
    );
    return { progress, model };
  }

  /**
   * Loads a model that `save` wrote. Questions are computed on `device`, in float32 unless `matmulPrecision` is set,
   * independently of how the model was fitted.
   * @throws InputError `no-run`; `damaged-file`, also if the folder has files of several fits; `earlier-run`,
   *   `later-run`, `invalid-setting`; DeviceError if the device cannot be used
   */
  static async load(folder: string, options: DeviceOptions = {}): Promise<MultimodalCausalModel> {
    checkArgument('load: folder', folder, 'text');
    checkOptions('load', options, DEVICE_OPTIONS);
    const { device } = await chooseDevice(options.device, options.matmulPrecision);
    const { readRun } = await import('../training/run-folder.js');
    const run = await readRun(folder);
    return new MultimodalCausalModel(run, { device, encoding: await import('./encoding.js'), folder });
  }

  /**
   * Returns posterior means of the latents of every subject, in the data set's order. With `partial`, modalities that
   * the data set lacks are left out. The latents of the remaining modalities keep their bits, because each modality has
   * a separate encoder. Latents of a modality that a subject lacks are inferred from its other modalities, and
   * from its observed causes if the data set has them; {@link posterior} says which.
   * @returns by modality name, subjects × latents
   * @throws InputError `modality-mismatch`, `missing-column` if the data set does not fit the model, or if `partial`
   *   would leave out a modality that shares latents with another. `cannot-infer` if a subject lacks a modality and an
   *   earlier version wrote the model without inference. StateError `disposed`
   */
  async encode(dataset: Subjects, options: EncodeOptions = {}): Promise<Latents> {
    checkArgument('encode: dataset', dataset, DATASET);
    checkOptions('encode', options, ENCODE_OPTIONS);
    const { partial = false, signal } = options;
    signal?.throwIfAborted();
    const latents = this.#latents();
    const scales = latents.select(partial ? dataset.modalities.map(({ name }) => name) : undefined);
    const { ids, causes } = dataset;
    const values = () => this.#encoding.rescale(dataset, scales);
    const work = () => latents.encode(scales, values(), ids.length, { signal, causes });
    return traced('encode', spanOf(dataset), work);
  }

  /**
   * Returns the latents of `encode` with their names, a column for each.
   * @throws what `encode` throws
   */
  async encodeTable(dataset: Subjects, options: EncodeOptions = {}): Promise<EncodedTable> {
    const latents = await this.encode(dataset, options);
    const rows = dataset.ids.length;
    const columns = this.graph.nodes.flatMap(({ name, modality, index }): EncodedColumn[] => {
      if (!Object.hasOwn(latents, modality)) return [];
      const all = latents[modality];
      const width = rows === 0 ? 0 : all.length / rows;
      return [{ name, modality, values: Float32Array.from({ length: rows }, (_, row) => all[row * width + index]) }];
    });
    return { ids: dataset.ids, columns };
  }

  /**
   * Returns the latents of `encode` with their standard deviations, and which are inferred from other modalities.
   * @throws what `encode` throws
   */
  async posterior(dataset: Subjects, options: EncodeOptions = {}): Promise<Record<string, ModalityPosterior>> {
    checkArgument('posterior: dataset', dataset, DATASET);
    checkOptions('posterior', options, ENCODE_OPTIONS);
    const { partial = false, signal } = options;
    signal?.throwIfAborted();
    const latents = this.#latents();
    const scales = latents.select(partial ? dataset.modalities.map(({ name }) => name) : undefined);
    const { ids, causes } = dataset;
    const values = () => this.#encoding.rescale(dataset, scales);
    const work = () => latents.posterior(scales, values(), ids.length, { signal, causes });
    return traced('posterior', spanOf(dataset), work);
  }

  /**
   * Returns warnings about subjects. `filled-gaps` counts subjects that lack single values of a modality that was
   * complete in the fit. Such values are imputed first (docs/explanation/missing-data.md).
   * @param modalities modalities that the question reads. Default: all.
   * @throws what `encode` throws
   */
  warnings(dataset: Subjects, modalities?: readonly string[]): Warning[] {
    checkArgument('warnings: dataset', dataset, DATASET);
    if (modalities !== undefined) checkArgument('warnings: modalities', modalities, ['text']);
    return this.#encoding.gapWarnings(this.summary.model, this.#latents().ofDataset(dataset), modalities);
  }

  /**
   * Returns the subjects in JSON, for `encode`, `posterior`, `impute` and the other questions. `subjects` are rows
   * `[{ blood: { iron: 12.5, … }, sleep: { hours: 7, … } }]` or columns `{ blood: { iron: [12.5, …], … }, … }`, in the
   * units of the training tables. A value that is not possible is an error.
   * @throws InputError `invalid-rows`, `invalid-columns`, `modality-mismatch`, `missing-column`, `unknown-column`,
   *   `unknown-level`, `not-numeric`, `not-finite`, `not-a-count`, `not-of-kind`, `log-domain`, `transform-domain`,
   *   `too-wide-range`, `missing-covariates`, `no-table`; `far-from-training` for a value more than
   *   `maxDeviations` standard deviations from the training mean. `details` have the row, modality and column
   */
  readRows(subjects: readonly Row[] | Columns, options: EncodeRowsOptions = {}): Subjects {
    checkOptions('readRows', options, ENCODE_ROWS_OPTIONS);
    return this.#encoding.readSubjects(subjects, this.columnScales, options);
  }

  /**
   * Encodes subjects in JSON: `encode` after `readRows`.
   * @returns by modality name, rows × latents
   * @throws what `readRows` and `encode` throw
   */
  async encodeRows(rows: readonly Row[] | Columns, options: EncodeRowsOptions = {}): Promise<Latents> {
    this.#checkAlive();
    const subjects = this.readRows(rows, options);
    const { partial, signal } = options;
    return this.encode(subjects, { partial, signal });
  }

  /**
   * Returns reconstructions x̂ of every subject from its latents, in standardised units.
   * @returns by modality name, subjects × columns
   */
  async reconstruct(dataset: Subjects): Promise<Record<string, Float32Array>> {
    checkArgument('reconstruct: dataset', dataset, DATASET);
    const values = this.#encoding.rescale(dataset, this.columnScales);
    return this.#latents().reconstruct(values, dataset.ids.length);
  }

  /**
   * Returns the effect of intervening: the distribution of every latent and column downstream if some latents are set
   * (docs/reference/questions.md).
   * @param setting values by latent: `{ 'body.z1': { sd: 1 } }`, or in units of the latent `{ 'body.z1': 0.4 }`
   * @throws InputError `unknown-latent`, `undetermined-latent`, `cyclic-graph`, `invalid-setting`, `invalid-option`,
   *   StateError `disposed`
   */
  async intervene(setting: Setting, options: QuestionOptions<'intervene'> = {}): Promise<InterventionResult> {
    checkArgument('intervene: setting', setting, {});
    return this.#answer('intervene', 'intervene', { set: setting }, options);
  }

  /**
   * Yields counterfactuals: the values that each subject would have if some of its latents had been set, in the data
   * set's order.
   * @throws what `intervene` and `encode` throw; InputError `unknown-subject`
   */
  async *counterfactual(
    dataset: Subjects,
    setting: Setting,
    options: SubjectsOption & QuestionOptions<'counterfactual'> = {},
  ): AsyncGenerator<SubjectCounterfactual> {
    checkArgument('counterfactual: setting', setting, {});
    yield* this.#items('counterfactual', dataset, { set: setting }, options);
  }

  /**
   * Yields every missing cell with its mean and interval, in the units of the tables.
   * @throws what `encode` throws; InputError `unknown-subject`, `invalid-option`
   */
  async *impute(
    dataset: Subjects,
    options: SubjectsOption & QuestionOptions<'impute'> = {},
  ): AsyncGenerator<ImputedCell> {
    yield* this.#cells(this.#items('impute', dataset, {}, options));
  }

  /**
   * Yields the columns of modalities as predicted from other modalities alone, even if they were observed.
   * @throws what `impute` throws; InputError `unknown-modality`
   */
  async *predict(dataset: Subjects, options: SubjectsOption & QuestionOptions<'predict'>): AsyncGenerator<ImputedCell> {
    yield* this.#cells(this.#items('predict', dataset, {}, options));
  }

  /**
   * Returns new subjects of the fitted population, in the units of the tables. New subjects are not necessarily
   * anonymous: see docs/reference/questions.md.
   * @throws InputError `no-inverse`, `no-subjects`, `cyclic-graph`, `invalid-option`
   */
  async generate(subjects: number, options: QuestionOptions<'simulate'> = {}): Promise<GeneratedSubjects> {
    checkArgument('generate: subjects', subjects, 'number');
    return this.#answer('generate', 'simulate', { subjects }, options);
  }

  /**
   * Returns how unusual subjects are for the model, compared with a reference of subjects on whom it was not trained
   * (docs/reference/questions.md). A service can refuse a subject with a small share: for a subject from the population
   * of the reference, it is at most α with a probability of at most α.
   * @param reference the study of the fit, of which only its held-out subjects are used, or other subjects
   * @throws what `encode` throws; InputError `unknown-subject`, `no-subjects`; `no-held-out` if all of the reference
   *   trained the model
   */
  async typicality(
    dataset: Subjects,
    reference: Subjects,
    options: SubjectsOption & QuestionOptions<'typicality'> = {},
  ): Promise<Typicality> {
    checkArgument('typicality: dataset', dataset, DATASET);
    checkArgument('typicality: reference', reference, DATASET);
    return this.#answer('typicality', 'typicality', { reference }, options, dataset);
  }

  /**
   * Answers a question as JSON, as the route of a server does.
   * @param options arguments and options of the question
   * @param dataset the subjects of a question about subjects
   * @throws as the method of the question
   */
  async ask(name: QuestionName, options: SignalOption, dataset?: Subjects): Promise<object> {
    const { about, options: declared } = QUESTIONS[name];
    checkDeclared(name, options, declared, SIGNAL_OPTION);
    const subjects = about === 'subjects' ? dataset : undefined;
    if (about === 'subjects') checkArgument(`${name}: dataset`, dataset, DATASET);
    const [sent, hooks] = withoutSignal(options);
    const answer = () => this.#session().ask('json', name, subjects, sent, hooks);
    return traced(name, subjects ? spanOf(subjects) : {}, answer);
  }

  /**
   * Returns the conclusions of the fit: pairs of modalities, latents, links and directions. Each is supported, not
   * supported, undecided or assumed, with its reason and numbers. Three to ten sentences can be copied. All outputs
   * derive from this object (docs/explanation/evidence.md). Correlations are from −1 to 1, p and q from 0 to 1.
   */
  async conclusions(): Promise<DescribedConclusions> {
    const { describeConclusions } = await import('../conclusions/index.js');
    const described = describeConclusions(this);
    return shownInNotebooks(described, async () => (await notebook()).conclusionsBundle(described));
  }

  /**
   * Tests in a second cohort what the fit supports: each pair of modalities, link, and effect of a cause, once and
   * with the encoders of the fit (docs/how-to/replicate-in-a-second-cohort.md). Nothing is trained. Each result is
   * replicated, not replicated, undecided, or not testable, with its figures.
   * @param study the cohort, read with `scales: model.columnScales`, `partial: true`, and, if the fit has observed
   *   causes, `causes: model.summary.causes`
   * @throws InputError `same-subjects`; `untested-latents` if the fit was not tested; what `encode` throws
   */
  async replicate(study: Study | Dataset, options: SignalOption = {}): Promise<Replication> {
    const dataset = 'dataset' in study ? study.dataset : study;
    checkArgument('replicate: study', dataset, DATASET);
    checkOptions('replicate', options, SIGNAL_OPTION);
    const [, hooks] = withoutSignal(options);
    const first = this.outOfFold && firstCohort(this.outOfFold, this.summary, this.heldOut);
    return traced('replicate', spanOf(dataset), () => this.#session().ask('replicate', dataset, first, hooks));
  }

  /**
   * Returns a report of the fit as one HTML page that needs only a browser (docs/reference/report.md). Without `study`,
   * the call needs no native library, and the effects of intervening are left out.
   * @throws InputError `modality-mismatch`, `missing-column` if the subjects do not fit the model; StateError
   *   `disposed`; DeviceError `native-missing`
   */
  async report(options: ReportOptions = {}): Promise<string> {
    return (await this.reportWithFigures(options)).html;
  }

  /** Returns the report with the figures of how latents change images and series. @throws what `report` throws */
  async reportWithFigures(options: ReportOptions = {}): Promise<ReportWithFigures> {
    checkOptions('report', options, REPORT_OPTIONS);
    const session = this.#session();
    const [sent, hooks] = withoutSignal(await this.#withOutOfFold('report', options));
    const refits = options.study && (await this.#refits());
    const report = await traced('report', {}, () => session.ask('report', { ...sent, refits }, hooks));
    return shownInNotebooks(report, async () => (await notebook()).reportBundle(report.html));
  }

  /**
   * Returns a result table: what the latents of the fit mean (docs/how-to/interpret-a-fit.md).
   * @throws InputError `unknown-table`; `no-study` or `untested-latents` if the table needs subjects or out-of-fold
   *   latents; `modality-mismatch`, `missing-column` if the subjects do not fit the model; StateError `disposed`
   */
  async table(name: TableName, options: TableOptions = {}): Promise<ResultTable> {
    checkArgument('table: name', name, 'text');
    checkOptions('table', options, TABLE_OPTIONS);
    const session = this.#session();
    const [sent, hooks] = withoutSignal(await this.#withOutOfFold('table', options));
    const { tableNamed } = await import('../interpretation/tables.js');
    const refits = tableNamed(name).needs.includes('refits') ? await this.#refits() : undefined;
    const table = await traced('table', {}, () => session.ask('table', name, { ...sent, refits }, hooks));
    return shownInNotebooks(table, async () => (await notebook()).tableBundle(table));
  }

  /** Returns the latents of the folds of the fit, if it was tested. */
  async #refits(): Promise<readonly (readonly RefitLatents[])[] | undefined> {
    const { foldsOf } = await import('../fit/folds-file.js');
    return foldsOf(this, this.#folder);
  }

  /** Checks subjects and gene sets, and adds the out-of-fold latents of the fit unless the options have some. */
  async #withOutOfFold<Options extends Pick<TableOptions, 'study' | 'outOfFold' | 'sets'>>(
    call: string,
    options: Options,
  ): Promise<Options> {
    const { study, sets } = options;
    if (sets !== undefined && typeof sets !== 'string') checkArgument(`${call}: sets`, sets, 'list');
    if (study) checkArgument(`${call}: study`, 'dataset' in study ? study.dataset : study, DATASET);
    const { outOfFoldOf } = await import('../fit/out-of-fold-file.js');
    return { ...options, outOfFold: options.outOfFold ?? (await outOfFoldOf(this, study, this.#folder)) };
  }

  /**
   * Returns the figures of the fit for a paper: stand-alone SVG of 85 or 180 mm, with titles and captions
   * (docs/how-to/make-figures.md). {@link writeFigures} writes them, also as PDF. A figure without evidence says so.
   * @throws StateError `disposed`
   */
  async figures(options: FiguresOptions = {}): Promise<Figure[]> {
    checkOptions('figures', options, FIGURES_OPTIONS);
    const session = this.#session();
    const { width } = options;
    if (width !== undefined) checkOneOf('figures: width', String(width), ['85', '180']);
    const [sent, hooks] = withoutSignal(await this.#withOutOfFold('figures', options));
    const refits = options.study && (await this.#refits());
    return traced('figures', {}, () => session.ask('figures', { ...sent, refits }, hooks));
  }

  /**
   * Writes model.safetensors, run.json, graph.json and metrics.jsonl, which name no subject, and subjects.json with the
   * ids of held-out subjects. Remove subjects.json before you share the model.
   * @param tables names of tables of this fit in the folder, which run.json then lists too
   * @throws StateError `disposed`, `run-locked` while a fit writes there; InputError `missing-file` for a table that
   *   does not exist; FileError `unwritable`, `disk-full`
   */
  async save(folder: string | LockedFolder, tables: readonly string[] = []): Promise<void> {
    if (!(folder instanceof LockedFolder)) checkArgument('save: folder', folder, 'text');
    checkArgument('save: tables', tables, ['text']);
    this.#checkAlive();
    const { writeRun } = await import('../training/run-folder.js');
    const { summary, heldOut, graph, history } = this;
    await writeRun(folder, { summary, heldOut, parameters: this.#parameters, graph, history }, tables);
  }

  /**
   * Writes the encoders for other programs (docs/how-to/export.md): standardisation, networks and component maps, from
   * columns in the units of the training tables to latents.
   * @param path path of the ONNX file, or of the folder for Python
   * @throws InputError `cannot-export` for what ONNX operators cannot express, `folder-exists`; FileError `unwritable`,
   *   `disk-full`; StateError `disposed`
   */
  async export(path: string, options: ExportOptions): Promise<void> {
    checkArgument('export: path', path, 'text');
    checkArgument('export: options', options, { format: 'text' });
    checkOptions('export', options, EXPORT_OPTIONS);
    this.#checkAlive();
    const { writeExport } = await import('../exchange/write.js');
    await writeExport(path, { summary: this.summary, parameters: this.#parameters }, options);
  }

  /**
   * Writes the results for other programs (docs/how-to/export.md): all result tables, and in objects of AnnData and
   * MuData also the subjects' data with out-of-fold latents, loadings, graph, and conclusions.
   * @param options `study`: the subjects; a workbook can do without them. `sets`: gene sets of the table `enrichment`
   * @throws InputError `no-study` for an object without subjects, `missing-peer`; FileError `unwritable`, `disk-full`;
   *   what `table` throws, except input errors: these tables are listed as missing
   */
  async exportResults(path: string, format: ResultFormat, options: TableOptions = {}): Promise<WrittenResults> {
    checkArgument('exportResults: path', path, 'text');
    checkArgument('exportResults: format', format, 'text');
    checkOptions('exportResults', options, TABLE_OPTIONS);
    this.#checkAlive();
    const { RESULT_FORMATS, writeResults } = await import('../interpretation/result-file.js');
    checkOneOf('format', format, RESULT_FORMATS);
    const withLatents = await this.#withOutOfFold('exportResults', options);
    const { study, outOfFold } = withLatents;
    const { graph, summary } = this;
    return writeResults(path, format, {
      ...{ graph, summary, outOfFold },
      dataset: study && ('dataset' in study ? study.dataset : study),
      makeTable: (name) => this.table(name, withLatents),
    });
  }

  /** Bytes outside V8's heap: the weights, and the native programs of the questions so far. */
  get nativeBytes(): number {
    let bytes = (this.#read?.nativeBytes ?? 0) + (this.#currentSession?.nativeBytes ?? 0);
    for (const { values } of this.#parameters.values()) bytes += values.byteLength;
    return bytes;
  }

  /** Frees the native program. The graph and the summary stay readable. Idempotent. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await Promise.all([this.#read?.dispose(), this.#currentSession?.dispose()]);
    this.#read = undefined;
    this.#currentSession = undefined;
  }

  /** Returns what a notebook shows: the graph and the sentences of the conclusions. */
  async [NOTEBOOK](): Promise<MimeBundle> {
    return (await notebook()).modelBundle(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  #session(): Session {
    this.#checkAlive();
    const { summary, graph, history, heldOut } = this;
    this.#currentSession ??= new Session({
      run: { summary, graph, history, heldOut, parameters: this.#parameters },
      device: sentDevice(this.#device),
      folder: this.#folder,
    });
    return this.#currentSession;
  }

  /** Answers a question with one answer. @param call name of the method @param dataset the subjects, if any */
  async #answer<Name extends QuestionName>(
    call: string,
    name: Name,
    args: object,
    options: SignalOption,
    dataset?: Subjects,
  ): Promise<Awaited<AnswerTo<Name>>> {
    checkDeclared(call, options, withoutArguments(QUESTIONS[name].options), furtherOptions(name));
    const [sent, hooks] = withoutSignal(options);
    const answer = () => this.#session().ask('ask', name, dataset, { ...args, ...sent }, hooks);
    return (await traced(call, dataset ? spanOf(dataset) : {}, answer)) as Awaited<AnswerTo<Name>>;
  }

  /** Yields the items of an answer about subjects. */
  async *#items<Name extends QuestionName>(
    name: Name,
    dataset: Subjects,
    args: object,
    options: SubjectsOption & SignalOption,
  ): AsyncGenerator<ItemOf<AnswerTo<Name>>> {
    checkArgument(`${name}: dataset`, dataset, DATASET);
    checkDeclared(name, options, withoutArguments(QUESTIONS[name].options), furtherOptions(name));
    const [sent, hooks] = withoutSignal(options);
    const session = this.#session();
    yield* tracedItems(name, spanOf(dataset), () => session.each(name, dataset, { ...args, ...sent }, hooks));
  }

  async *#cells(answered: AsyncIterable<AnsweredCell>): AsyncGenerator<ImputedCell> {
    const columns = new Map(columnVariables(this.summary).map((column) => [column.at, column]));
    for await (const { at, ...cell } of answered) yield { ...cell, column: columns.get(at)! };
  }

  #checkAlive(): void {
    if (this.#disposed) throw new StateError('disposed', 'This model was disposed; load or fit it again.');
  }

  #latents(): ModelLatents {
    this.#checkAlive();
    this.#read ??= this.#encoding.newLatents(this.summary, this.#parameters, this.#device);
    return this.#read;
  }
}

/** Loads the drawings, which an import of the package does not contain. */
const notebook = () => import('../report/notebook.js');

/** Returns the graph with a `toJSON` that gives the content of graph.json instead of typed arrays as objects. */
function shownAsJson(graph: LatentGraph): LatentGraph {
  const toJSON = (): unknown => JSON.parse(graphToJson(graph));
  return Object.defineProperty({ ...graph }, 'toJSON', { value: toJSON, enumerable: false });
}

/** Returns the shapes of options that are not declared, because only the library has them. */
function furtherOptions(name: QuestionName) {
  return QUESTIONS[name].about === 'subjects' ? { ...SIGNAL_OPTION, ...SUBJECTS_OPTION } : SIGNAL_OPTION;
}

/** Returns the attributes of a span. */
function spanOf({ ids }: Subjects): { readonly 'interlatent.subjects': number } {
  return { 'interlatent.subjects': ids.length };
}

/** Returns what a fit in this process knows about its subjects. Without groups, the units of folds are subjects. */
function firstCohort(
  { latents, splits }: OutOfFold,
  { evidence }: RunSummary,
  heldOut: readonly string[] = [],
): FirstCohort {
  const tested = evidence?.groups === undefined ? splits.flatMap(({ folds }) => folds.flatMap(({ ids }) => ids)) : [];
  return { ids: new Set([...tested, ...heldOut]), outOfFold: latents };
}

/** Separates the signal, which cannot be sent to another thread, from the other options. */
function withoutSignal<Options extends SignalOption>({
  signal,
  ...rest
}: Options): [Omit<Options, 'signal'>, SignalOption] {
  return [rest, { signal }];
}

interface ModelParts {
  readonly device: Device;
  readonly encoding: typeof Encoding;
  readonly outOfFold?: OutOfFold | undefined;
  /** RUN folder that the model was read from. */
  readonly folder?: string | undefined;
}
