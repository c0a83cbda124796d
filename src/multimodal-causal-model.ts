// The public face of a fit: from a data set to latents per modality and the causal graph between them.

import { checkArgument, checkOptions, type Shape } from './argument.js';
import { graphToJson } from './causal/graph-json.js';
import type { LatentGraph } from './causal/index.js';
import {
  Session,
  fitInBackground,
  type AnsweredCell,
  type ReportOptions,
  type ReportWithFigures,
} from './background/index.js';
import type { Dataset, Subjects } from './data/dataset.js';
import { rescale } from './data/rescale.js';
import type { Columns, Row } from './data/row.js';
import { readSubjects } from './data/rows.js';
import type { Study } from './study/study.js';
import { StateError } from './errors.js';
import {
  checkFitOptions,
  COUNTERFACTUAL_OPTIONS,
  DEVICE_OPTIONS,
  ENCODE_OPTIONS,
  ENCODE_ROWS_OPTIONS,
  EXPORT_OPTIONS,
  GENERATE_OPTIONS,
  IMPUTE_OPTIONS,
  INTERVENTION_OPTIONS,
  PREDICT_OPTIONS,
  REPORT_OPTIONS,
  type EncodeOptions,
  type EncodeRowsOptions,
} from './model-options.js';
import { traced, tracedItems } from './telemetry/telemetry.js';
import type { DeviceOptions, FitOptions, OutOfFold } from './fit-run.js';
import type { Warning } from './quality/index.js';
import { chooseDevice, sentDevice, type Device } from './runtime/device.js';
import type { ParameterValues } from './inference/inference.js';
import type { ExportOptions } from './exchange/write.js';
import type { Latents, ModalityPosterior, ModelLatents } from './inference/model-latents.js';
import type { DescribedConclusions } from './conclusions/index.js';
import { gapWarnings } from './questions/gap-warnings.js';
import type {
  CounterfactualOptions,
  GeneratedSubjects,
  GenerateOptions,
  ImputationOptions,
  ImputedCell,
  InterventionOptions,
  InterventionResult,
  PredictionOptions,
  Setting,
  SignalOption,
  SubjectCounterfactual,
  SubjectsOption,
} from './questions/index.js';
import { columnVariables } from './questions/variables.js';
import { Latest } from './threads/latest.js';
import { LockedFolder } from './training/locked-folder.js';
import type { FitProgress } from './training/stage-runner.js';
import type { RunSummary, SavedRun } from './training/run-folder.js';
import type { EpochMetrics } from './training/training-state.js';

export type { EncodeOptions, EncodeRowsOptions } from './model-options.js';

/** Latents with their names, as columns that `writeTable` takes. */
export interface EncodedTable {
  readonly ids: readonly string[];
  /** One for each latent, by modality in the model's order. */
  readonly columns: readonly EncodedColumn[];
}

export interface EncodedColumn {
  /** `<modality>.z1`, `<modality>.z2`, …. */
  readonly name: string;
  readonly modality: string;
  /** Of every subject. */
  readonly values: Float32Array;
}

/** A fit in progress. */
export interface FitInProgress {
  /** Ends when the fit does, and throws what it throws. Who asks seldom gets the latest and misses some. */
  readonly progress: AsyncIterable<FitProgress>;
  readonly model: Promise<MultimodalCausalModel>;
}

/** No look at every id and column: a few subjects are encoded in microseconds. */
const ENCODED: Shape = { ids: 'list', modalities: [{ name: 'text', columns: 'list', values: 'typed array' }] };

/**
 * A fitted multimodal causal model: one encoder and decoder per modality, one graph over all latents
 * (Sun et al., ICLR 2025). Make one with {@link MultimodalCausalModel.fit} or {@link MultimodalCausalModel.load}.
 */
export class MultimodalCausalModel {
  /** Strengths, edges and their agreement over the restarts of the fit. */
  readonly graph: LatentGraph;
  /** Settings, data fingerprint, chosen run, objectives: what run.json holds. */
  readonly summary: RunSummary;
  /** Ids of the test split, which no fit has seen; undefined where the RUN folder came without its subjects.json. */
  readonly heldOut: readonly string[] | undefined;
  /** One record per epoch. */
  readonly history: readonly EpochMetrics[];
  /**
   * Out-of-fold latents of a model that was just fitted, as normal scores: each subject's come from models that never
   * saw it, so that they may be tested. A RUN folder has them in latents.csv and folds.csv.
   */
  readonly outOfFold: OutOfFold | undefined;
  /**
   * SHA-256 of the run.json that the model was read from. It lists the digests of all other files, so that it names
   * this very model; undefined for a model that was fitted here.
   */
  readonly digest: string | undefined;
  readonly #parameters: ParameterValues;
  readonly #device: Device;
  readonly #newLatents: () => ModelLatents;
  #read: ModelLatents | undefined;
  #asked: Session | undefined;
  readonly #folder: string | undefined;
  #disposed = false;

  private constructor(run: SavedRun, { device, newLatents, outOfFold, folder }: ModelParts) {
    this.#newLatents = newLatents;
    this.outOfFold = outOfFold;
    this.#folder = folder;
    this.#device = device;
    this.graph = shownAsJson(run.graph);
    this.summary = run.summary;
    this.heldOut = run.heldOut;
    this.history = run.history;
    this.digest = run.digest;
    this.#parameters = run.parameters;
  }

  /** How each modality's columns are standardised, in the model's order. */
  get columnScales(): RunSummary['columns'] {
    return this.summary.columns;
  }

  /**
   * Fits in two stages (subspaces, then components, then a polish) or, with `fit: 'joint'`, in one; every stage trains
   * independent restarts and ranks them by the rule that `summary.stages` names.
   * @param study a study, whose settings are used unless `options` says otherwise, or a data set
   * @throws InputError `invalid-dataset`, `invalid-setting`, `run-exists`, `checkpoint-mismatch`, `damaged-file`;
   *   StateError `run-locked`; NumericError `all-runs-diverged`; DeviceError; FileError; the signal's reason when
   * aborted
   */
  static async fit(study: Study | Dataset, options: FitOptions = {}): Promise<MultimodalCausalModel> {
    checkArgument('fit: study', study, {});
    checkFitOptions(options);
    const { run, device, outOfFold } = await fitInBackground(study, options);
    return new MultimodalCausalModel(run, { device, newLatents: await latentsOf(run, device), outOfFold });
  }

  /**
   * As `fit`, for `for await (const progress of started.progress)`.
   * @returns at once; `model` rejects with what `fit` throws
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
   * A model that `save` wrote; what it is asked for is computed on `device`, in float32 unless `matmulPrecision` says
   * otherwise, however it was fitted.
   * @throws InputError `no-run`; `damaged-file`, also where the folder has files of several fits; `earlier-run`, `later-run`,
   *   `invalid-setting`; DeviceError when the device cannot be used
   */
  static async load(folder: string, options: DeviceOptions = {}): Promise<MultimodalCausalModel> {
    checkArgument('load: folder', folder, 'text');
    checkOptions('load', options, DEVICE_OPTIONS);
    const { device } = await chooseDevice(options.device, options.matmulPrecision);
    const { readRun } = await import('./training/run-folder.js');
    const run = await readRun(folder);
    return new MultimodalCausalModel(run, { device, newLatents: await latentsOf(run, device), folder });
  }

  /**
   * Posterior means of the latents of every subject, in the data set's order. A modality has an encoder of its own:
   * with `partial`, those that the data set does not have are left out, and the others' latents are the same bits.
   * Latents of a modality that a subject lacks are inferred from the others; {@link posterior} says which.
   * @returns by modality name, subjects × latents
   * @throws InputError `modality-mismatch`, `missing-column` when the data set does not fit the model, or `partial`
   *   would leave out a modality whose latents others share; `cannot-infer` where a subject lacks a modality and the
   *   model is of a version that could not infer latents; StateError `disposed`
   */
  async encode(dataset: Subjects, options: EncodeOptions = {}): Promise<Latents> {
    checkArgument('encode: dataset', dataset, ENCODED);
    checkOptions('encode', options, ENCODE_OPTIONS);
    const { partial = false, signal } = options;
    signal?.throwIfAborted();
    const latents = this.#latents();
    const given = latents.select(partial ? dataset.modalities.map(({ name }) => name) : undefined);
    const work = () => latents.encode(given, rescale(dataset, given), dataset.ids.length, signal);
    return traced('encode', spanOf(dataset), work);
  }

  /**
   * As `encode`, with the latents' names: a column for each.
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
   * As `encode`, with how sure the model is of each latent, and which of them are inferred from other modalities.
   * @throws what `encode` throws
   */
  async posterior(dataset: Subjects, options: EncodeOptions = {}): Promise<Record<string, ModalityPosterior>> {
    checkArgument('posterior: dataset', dataset, ENCODED);
    checkOptions('posterior', options, ENCODE_OPTIONS);
    const { partial = false, signal } = options;
    signal?.throwIfAborted();
    const latents = this.#latents();
    const given = latents.select(partial ? dataset.modalities.map(({ name }) => name) : undefined);
    const work = () => latents.posterior(given, rescale(dataset, given), dataset.ids.length, signal);
    return traced('posterior', spanOf(dataset), work);
  }

  /**
   * What to know before the model is asked about subjects: `filled-gaps` counts those who lack single values of a
   * modality of which nobody lacked one in the fit. They are filled in first (docs/explanation/missing-data.md).
   * @param modalities that the question reads; all when left out
   * @throws what `encode` throws
   */
  warnings(dataset: Subjects, modalities?: readonly string[]): Warning[] {
    checkArgument('warnings: dataset', dataset, ENCODED);
    if (modalities !== undefined) checkArgument('warnings: modalities', modalities, ['text']);
    const known = this.#latents().ofDataset(dataset);
    const asked = known.map((own, m) => {
      const isRead = modalities?.includes(this.columnScales[m].name) ?? true;
      return isRead ? own : { ...own, observed: undefined };
    });
    return gapWarnings(this.summary.model, asked);
  }

  /**
   * Subjects of JSON, for `encode`, `posterior`, `impute` and the other questions: rows
   * `[{ blood: { iron: 12.5, … }, sleep: { hours: 7, … } }]`, or columns `{ blood: { iron: [12.5, …], … }, … }`, in the
   * units of the training tables. A value that cannot be one of them is an error, not a guess.
   * @throws InputError `invalid-rows`, `invalid-columns`, `modality-mismatch`, `missing-column`, `unknown-column`,
   *   `unknown-level`, `not-numeric`, `not-finite`, `not-a-count`, `log-domain`, `transform-domain`, `too-wide-range`,
   *   `missing-covariates`, `no-table`; `far-from-training` for a value more than `maxDeviations` standard deviations
   *   from the training mean. `details` have the row, modality and column
   */
  readRows(subjects: readonly Row[] | Columns, options: EncodeRowsOptions = {}): Subjects {
    checkOptions('readRows', options, ENCODE_ROWS_OPTIONS);
    return readSubjects(subjects, this.columnScales, options);
  }

  /**
   * As `encode`, of what `readRows` makes of rows.
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
   * Reconstructions x̂ of every subject from its latents, in standardised units.
   * @returns by modality name, subjects × columns
   */
  async reconstruct(dataset: Subjects): Promise<Record<string, Float32Array>> {
    checkArgument('reconstruct: dataset', dataset, ENCODED);
    const values = rescale(dataset, this.columnScales);
    return this.#latents().reconstruct(values, dataset.ids.length);
  }

  /**
   * What every latent and column downstream would be in the population if some latents were set
   * (docs/reference/questions.md).
   * @param setting values by latent, `{ 'body.z1': { sd: 1 } }` or in the latent's own units, `{ 'body.z1': 0.4 }`
   * @throws InputError `unknown-latent`, `undetermined-latent`, `cyclic-graph`, `invalid-setting`, `invalid-option`,
   *   StateError `disposed`
   */
  async intervene(setting: Setting, options: InterventionOptions = {}): Promise<InterventionResult> {
    checkArgument('intervene: setting', setting, {});
    checkOptions('intervene', options, INTERVENTION_OPTIONS);
    const [own, hooks] = withoutSignal(options);
    return traced('intervene', {}, () => this.#session().ask('intervene', setting, own, hooks));
  }

  /**
   * What subjects would have been had some of their latents been set, one after the other in the data set's order.
   * @throws what `intervene` and `encode` throw; InputError `unknown-subject`
   */
  async *counterfactual(
    dataset: Subjects,
    setting: Setting,
    options: SubjectsOption & CounterfactualOptions = {},
  ): AsyncGenerator<SubjectCounterfactual> {
    checkArgument('counterfactual: dataset', dataset, ENCODED);
    checkArgument('counterfactual: setting', setting, {});
    checkOptions('counterfactual', options, COUNTERFACTUAL_OPTIONS);
    const [own, hooks] = withoutSignal(options);
    const session = this.#session();
    yield* tracedItems('counterfactual', spanOf(dataset), () =>
      session.each('counterfactual', dataset, setting, own, hooks),
    );
  }

  /**
   * What was not observed of subjects, cell by cell: mean and interval in the units of the tables.
   * @throws what `encode` throws; InputError `unknown-subject`, `invalid-option`
   */
  async *impute(dataset: Subjects, options: SubjectsOption & ImputationOptions = {}): AsyncGenerator<ImputedCell> {
    checkArgument('impute: dataset', dataset, ENCODED);
    checkOptions('impute', options, IMPUTE_OPTIONS);
    const [own, hooks] = withoutSignal(options);
    const session = this.#session();
    yield* tracedItems('impute', spanOf(dataset), () => this.#cells(session.each('impute', dataset, own, hooks)));
  }

  /**
   * The columns of modalities from other modalities alone, whatever was observed of them.
   * @throws what `impute` throws; InputError `unknown-modality`
   */
  async *predict(
    dataset: Subjects,
    options: PredictionOptions & SubjectsOption & ImputationOptions,
  ): AsyncGenerator<ImputedCell> {
    checkArgument('predict: dataset', dataset, ENCODED);
    checkArgument('predict: options', options, { from: ['text'], to: ['text'] });
    checkOptions('predict', options, PREDICT_OPTIONS);
    const [own, hooks] = withoutSignal(options);
    const session = this.#session();
    yield* tracedItems('predict', spanOf(dataset), () =>
      this.#cells(session.each('predict', dataset, own, hooks)),
    );
  }

  /**
   * New subjects of the fitted population, in the units of the tables. They are not anonymous because they are new: see
   * docs/reference/questions.md.
   * @throws InputError `no-inverse`, `no-subjects`, `cyclic-graph`, `invalid-option`
   */
  async generate(subjects: number, options: GenerateOptions = {}): Promise<GeneratedSubjects> {
    checkArgument('generate: subjects', subjects, 'number');
    checkOptions('generate', options, GENERATE_OPTIONS);
    const [own, hooks] = withoutSignal(options);
    return traced('generate', { 'interlatent.subjects': subjects }, () =>
      this.#session().ask('generate', subjects, own, hooks),
    );
  }

  /**
   * What can be concluded from the fit: pairs of modalities, latents, links and directions, each supported, not
   * supported, undecided or assumed, with its reason and figures; and three to ten sentences that can be copied. All
   * outputs derive from this object (docs/explanation/evidence.md). Correlations are from −1 to 1, p and q from 0 to 1.
   */
  async conclusions(): Promise<DescribedConclusions> {
    const { describeConclusions } = await import('./conclusions/index.js');
    return describeConclusions(this);
  }

  /**
   * A report of the fit: one HTML page that needs nothing but a browser (docs/reference/report.md). Without `study` it
   * needs no native library either: what follows from setting latents is left out then.
   * @throws InputError `modality-mismatch`, `missing-column` when the subjects do not fit the model; StateError
   *   `disposed`; DeviceError `native-missing`
   */
  async report(options: ReportOptions = {}): Promise<string> {
    return (await this.reportWithFigures(options)).html;
  }

  /** As `report`, with where each latent changes images and series, and how much. Throws as `report` does. */
  async reportWithFigures(options: ReportOptions = {}): Promise<ReportWithFigures> {
    checkOptions('report', options, REPORT_OPTIONS);
    const session = this.#session();
    const { study } = options;
    if (study) checkArgument('report: study', 'dataset' in study ? study.dataset : study, ENCODED);
    const { outOfFoldOf } = await import('./training/out-of-fold-file.js');
    const outOfFold = options.outOfFold ?? (await outOfFoldOf(this, study, this.#folder));
    const [own, hooks] = withoutSignal(options);
    return traced('report', {}, () => session.ask('report', { ...own, outOfFold }, hooks));
  }

  /**
   * Writes model.safetensors, run.json, graph.json and metrics.jsonl, which name no subject; and subjects.json with the
   * ids of those that were held out, to be kept back where the model is given away.
   * @param tables names of tables in the folder that were made from this fit, which run.json then lists too
   * @throws StateError `disposed`, `run-locked` while a fit writes there; InputError `missing-file` for a table that is
   *   not there; FileError `unwritable`, `disk-full`
   */
  async save(folder: string | LockedFolder, tables: readonly string[] = []): Promise<void> {
    if (!(folder instanceof LockedFolder)) checkArgument('save: folder', folder, 'text');
    checkArgument('save: tables', tables, ['text']);
    this.#checkAlive();
    const { writeRun } = await import('./training/run-folder.js');
    const { summary, heldOut, graph, history } = this;
    await writeRun(folder, { summary, heldOut, parameters: this.#parameters, graph, history }, tables);
  }

  /**
   * Writes the encoders for other programs (docs/how-to/export.md): standardisation, networks and component maps, from
   * columns in the units of the training tables to latents.
   * @param path of the ONNX file, or of the folder for Python
   * @throws InputError `cannot-export` for what ONNX operators cannot say, `folder-exists`; FileError `unwritable`,
   *   `disk-full`; StateError `disposed`
   */
  async export(path: string, options: ExportOptions): Promise<void> {
    checkArgument('export: path', path, 'text');
    checkArgument('export: options', options, { format: 'text' });
    checkOptions('export', options, EXPORT_OPTIONS);
    this.#checkAlive();
    const { writeExport } = await import('./exchange/write.js');
    await writeExport(path, { summary: this.summary, parameters: this.#parameters }, options);
  }

  /** Bytes outside of V8's heap: the weights, and the native programs that were made for what was asked so far. */
  get nativeBytes(): number {
    let bytes = (this.#read?.nativeBytes ?? 0) + (this.#asked?.nativeBytes ?? 0);
    for (const { values } of this.#parameters.values()) bytes += values.byteLength;
    return bytes;
  }

  /** Frees the native program. The graph and the summary stay readable. Idempotent. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await Promise.all([this.#read?.dispose(), this.#asked?.dispose()]);
    this.#read = undefined;
    this.#asked = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  #session(): Session {
    this.#checkAlive();
    const { summary, graph, history } = this;
    this.#asked ??= new Session({
      run: { summary, graph, history, parameters: this.#parameters },
      device: sentDevice(this.#device),
    });
    return this.#asked;
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
    this.#read ??= this.#newLatents();
    return this.#read;
  }
}

/** For `JSON.stringify`: as graph.json has it, where a typed array would be an object of its positions. */
function shownAsJson(graph: LatentGraph): LatentGraph {
  const toJSON = (): unknown => JSON.parse(graphToJson(graph));
  return Object.defineProperty({ ...graph }, 'toJSON', { value: toJSON, enumerable: false });
}

/** Attributes of a span. */
function spanOf({ ids }: Subjects): { readonly 'interlatent.subjects': number } {
  return { 'interlatent.subjects': ids.length };
}

/** Options that can go to another thread, and the signal, which cannot. */
function withoutSignal<Options extends SignalOption>({
  signal,
  ...own
}: Options): [Omit<Options, 'signal'>, SignalOption] {
  return [own, { signal }];
}

interface ModelParts {
  readonly device: Device;
  readonly newLatents: () => ModelLatents;
  readonly outOfFold?: OutOfFold | undefined;
  /** RUN folder that the model was read from. */
  readonly folder?: string | undefined;
}

/**
 * What answers for a model. Read with the first model and not when the package is imported: networks, graphs and their
 * compiler are most of it.
 */
async function latentsOf({ summary, parameters }: SavedRun, device: Device): Promise<() => ModelLatents> {
  const [{ ModelLatents }, { savedGaussian }] = await Promise.all([
    import('./inference/model-latents.js'),
    import('./questions/gaussian-answers.js'),
  ]);
  const { model, config: missing, columns } = summary;
  const fitted = { model, missing, parameters, gaussian: () => savedGaussian(parameters) };
  return () => new ModelLatents(fitted, columns, { threads: 1, device });
}
