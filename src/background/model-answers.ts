// Answers questions to a fitted model that take long: interventions, counterfactuals, missing values, and reports.

import type { Dataset, Subjects } from '../data/dataset.js';
import { InputError } from '../errors/errors.js';
import { ModelLatents } from '../inference/model-latents.js';
import type { OutOfFoldLatents } from '../inference/out-of-fold.js';
import {
  counterfactuals,
  generateSubjects,
  GenerativeModel,
  imputedCells,
  intervene,
  interventionGrid,
  missingCells,
  predictedCells,
  rowsOf,
  savedGaussian,
  type CounterfactualOptions,
  type GeneratedSubjects,
  type GenerateOptions,
  type ImputationOptions,
  type ImputedCell,
  type InterventionGrid,
  type InterventionOptions,
  type InterventionResult,
  type PredictionOptions,
  type Setting,
  type SignalOption,
  type SubjectCounterfactual,
  type SubjectsOption,
} from '../questions/index.js';
import {
  examineSubjects,
  arrayFigures,
  reportHtml,
  subjectFacts,
  type ArrayFigures,
  type ReportDiscovery,
  type ReportInput,
} from '../report/index.js';
import { receivedDevice, type SentDevice } from '../runtime/device.js';
import { nativeProblem } from '../runtime/native.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { Study } from '../study/study.js';
import type { SavedRun } from '../training/run-folder.js';

/** A model and its device. */
export interface AnsweringModel {
  readonly run: Pick<SavedRun, 'summary' | 'parameters' | 'graph' | 'history'>;
  readonly device: SentDevice;
}

export interface ReportOptions extends SignalOption {
  /** The subjects to report on, usually those of the fit. Without them, sections that need data say so. */
  readonly study?: Study | Dataset;
  /** A graph of causal discovery to show in addition to the graph of the model, see {@link readDiscovery}. */
  readonly discovery?: ReportDiscovery;
  /** The command line that reproduces the fit. */
  readonly command?: string;
  /**
   * Show images and series of some held-out subjects next to their reconstructions. The page then contains personal
   * data. Default: false.
   */
  readonly showSubjects?: boolean;
  /**
   * Out-of-fold latents of the subjects, from {@link MultimodalCausalModel.outOfFold} or from latents.csv of the RUN
   * folder. Default: the latents of the fit. Associations across modalities are shown only for out-of-fold latents.
   */
  readonly outOfFold?: OutOfFoldLatents | undefined;
}

/** The page of a report, and the numbers of its images and curves. */
export interface ReportWithFigures {
  readonly html: string;
  /** Figures of the image and series modalities. Empty without subjects to report on. */
  readonly regularArrays: readonly ArrayFigures[];
}

/** A cell with the position of its column. A column has functions, which cannot be sent to another thread. */
export type AnsweredCell = Omit<ImputedCell, 'column'> & { readonly at: number };

export type Counterfactuals = SubjectsOption & CounterfactualOptions;
export type Imputations = SubjectsOption & ImputationOptions;
export type Predictions = PredictionOptions & SubjectsOption & ImputationOptions;

/** Answers for one model. Each method throws the errors of the same method of `MultimodalCausalModel`. */
export class ModelAnswers {
  readonly #run: AnsweringModel['run'];
  readonly #options: ProgramOptions;
  readonly #latents: ModelLatents;
  /** Created by the first question. A fit with images or a cyclic graph has a report, but no answers. */
  #created: GenerativeModel | undefined;
  /** Interventions of the report, which do not depend on its subjects. */
  #grid: InterventionGrid | undefined;

  constructor({ run, device }: AnsweringModel) {
    const { summary, parameters } = run;
    this.#run = run;
    this.#options = { threads: 1, device: receivedDevice(device) };
    const fitted = { model: summary.model, missing: summary.config, parameters };
    this.#latents = new ModelLatents(
      { ...fitted, gaussian: () => savedGaussian(parameters) },
      summary.columns,
      this.#options,
    );
  }

  async intervene(setting: Setting, options: InterventionOptions, hooks: SignalOption): Promise<InterventionResult> {
    return intervene(this.#generative, setting, { ...options, ...hooks });
  }

  async *counterfactual(
    dataset: Subjects,
    setting: Setting,
    { subjects, ...options }: Counterfactuals,
    hooks: SignalOption,
  ): AsyncGenerator<SubjectCounterfactual> {
    const values = this.#latents.ofDataset(dataset);
    const rows = rowsOf(dataset, subjects);
    yield* counterfactuals(this.#generative, { values, rows }, setting, { ...options, ...hooks });
  }

  async *impute(
    dataset: Subjects,
    { subjects, ...options }: Imputations,
    hooks: SignalOption,
  ): AsyncGenerator<AnsweredCell> {
    const values = this.#latents.ofDataset(dataset);
    const wants = missingCells(values);
    const cells = { values, rows: rowsOf(dataset, subjects), wants };
    yield* answered(imputedCells(this.#generative, cells, { ...options, ...hooks }));
  }

  async *predict(
    dataset: Subjects,
    { from, to, subjects, ...options }: Predictions,
    hooks: SignalOption,
  ): AsyncGenerator<AnsweredCell> {
    const cells = predictedCells(this.#run.summary, this.#latents.ofDataset(dataset), { from, to });
    const rows = rowsOf(dataset, subjects);
    yield* answered(imputedCells(this.#generative, { ...cells, rows }, { ...options, ...hooks }));
  }

  async generate(subjects: number, options: GenerateOptions, hooks: SignalOption): Promise<GeneratedSubjects> {
    return generateSubjects(this.#generative, subjects, { ...options, ...hooks });
  }

  async report(
    { study, discovery, command, showSubjects = false, outOfFold }: ReportOptions,
    { signal }: SignalOption,
  ): Promise<ReportWithFigures> {
    const { summary, parameters, graph, history } = this.#run;
    const model = { summary, parameters, latents: this.#latents, options: this.#options };
    const subjects = study && { ...(await examineSubjects(study, model)), showSubjects, outOfFold };
    signal?.throwIfAborted();
    const interventions = await this.#interventions(signal);
    signal?.throwIfAborted();
    const input: ReportInput = {
      ...{ summary, graph, history, interventions },
      ...(subjects && { subjects }),
      ...(discovery && { discovery }),
      ...(command !== undefined && { command }),
    };
    const facts = subjectFacts(input);
    return { html: await reportHtml(input, facts), regularArrays: arrayFigures(facts?.regularArrays ?? []) };
  }

  /** Returns the bytes of the native programs created so far. */
  nativeBytes(): number {
    return this.#latents.nativeBytes + (this.#created?.nativeBytes ?? 0);
  }

  async dispose(): Promise<void> {
    await Promise.all([this.#latents.dispose(), this.#created?.dispose()]);
  }

  get #generative(): GenerativeModel {
    this.#created ??= new GenerativeModel(this.#run.summary, this.#run.parameters, this.#options);
    return this.#created;
  }

  /** Returns the effects of interventions as `intervene` computes them by default. */
  async #interventions(signal: AbortSignal | undefined): Promise<ReportInput['interventions']> {
    if (nativeProblem()) return { refused: 'The native library, which computes answers, is missing.' };
    try {
      this.#grid ??= await interventionGrid(this.#generative, signal);
      return this.#grid;
    } catch (error) {
      if (error instanceof InputError) return { refused: error.message };
      throw error;
    }
  }
}

async function* answered(cells: AsyncIterable<ImputedCell>): AsyncGenerator<AnsweredCell> {
  for await (const { column, ...cell } of cells) yield { ...cell, at: column.at };
}
