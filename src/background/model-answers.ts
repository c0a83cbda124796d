// Answers questions to a fitted model that take long: interventions, counterfactuals, missing values, and reports.

import type { Dataset, Subjects } from '../data/dataset.js';
import { InputError } from '../errors/errors.js';
import type { PermutationNull } from '../evidence/index.js';
import { firstCohortOf } from '../fit/first-cohort.js';
import { fittedIds } from '../fit/fitted-ids.js';
import { ModelLatents, type OutOfFoldLatents } from '../inference/model-latents.js';
import {
  filled,
  GenerativeModel,
  interventionGrid,
  QUESTIONS,
  rowsOf,
  savedGaussian,
  type AnswerTo,
  type QuestionRequest,
  type Declaration,
  type InterventionGrid,
  type Question,
  type QuestionName,
  type SignalOption,
  type SubjectsOption,
} from '../questions/index.js';
import {
  interpret,
  makeTable,
  type InterpretationInput,
  type RefitLatents,
  type ResultTable,
  type TableName,
  type TableSettings,
} from '../interpretation/index.js';
import { replicate, type FirstCohort, type Replication } from '../replication/index.js';
import {
  examineSubjects,
  studyFacts,
  arrayFigures,
  reportHtml,
  subjectFacts,
  SUBGROUP_TABLES,
  SURVEY_TABLES,
  type ArrayFigures,
  type ReportDiscovery,
  type ReportInput,
} from '../report/index.js';
import type { Figure, FigureWidth } from '../report/figures/index.js';
import { receivedDevice, type SentDevice } from '../runtime/device.js';
import { nativeProblem } from '../runtime/native.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { Study } from '../study/study.js';
import type { SavedRun } from '../training/run-folder.js';

/** A model and its device. */
export interface AnsweringModel {
  readonly run: Pick<SavedRun, 'summary' | 'parameters' | 'graph' | 'history' | 'heldOut'>;
  readonly device: SentDevice;
  /** Its RUN folder; undefined for a model that was fitted in this process. */
  readonly folder: string | undefined;
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
  /** Gene sets of the section on gene sets: paths of GMT files, or sets. */
  readonly sets?: TableSettings['sets'];
}

export interface TableOptions extends TableSettings, SignalOption {
  /** The subjects to interpret the fit with, usually those of the fit. Some tables need them. */
  readonly study?: Study | Dataset;
  /** Out-of-fold latents. Default: those of the fit. */
  readonly outOfFold?: OutOfFoldLatents | undefined;
}

/** What the caller's thread reads from the model. */
interface Sent {
  readonly refits?: readonly (readonly RefitLatents[])[] | undefined;
}

type SentReportOptions = ReportOptions & Sent;
type SentTableOptions = TableOptions & Sent;

/** The page of a report, and the numbers of its images and curves. */
export interface ReportWithFigures {
  readonly html: string;
  /** Figures of the image and series modalities. Empty without subjects to report on. */
  readonly regularArrays: readonly ArrayFigures[];
}

export interface FiguresOptions extends SignalOption {
  /** The subjects of the fit, for figures that show them. Without them, these figures are left out. */
  readonly study?: Study | Dataset | undefined;
  /** A graph of causal discovery, see {@link readDiscovery}, for the support of its edges over half-samples. */
  readonly discovery?: ReportDiscovery | undefined;
  /** Tests of what the fit supports in a second cohort, from {@link MultimodalCausalModel.replicate}. */
  readonly replication?: Replication | undefined;
  /** Refits of shuffled subjects, which `interlatent null --out FILE.json` writes. */
  readonly chance?: PermutationNull | undefined;
  /** Gene sets to test, as in {@link TableOptions}. */
  readonly sets?: TableOptions['sets'];
  /**
   * Width of all figures: 85 or 180 millimetres, one or two columns of a page. Default: for each figure, one column if
   * its letters are then large enough.
   */
  readonly width?: FigureWidth | undefined;
  /** Out-of-fold latents of the subjects, as in {@link ReportOptions}. */
  readonly outOfFold?: OutOfFoldLatents | undefined;
}

/** Answers for one model. Each method throws the errors of the same method of `MultimodalCausalModel`. */
export class ModelAnswers {
  readonly #run: AnsweringModel['run'];
  readonly #folder: string | undefined;
  readonly #options: ProgramOptions;
  readonly #latents: ModelLatents;
  /** Created by the first question. A fit with images or a cyclic graph has a report, but no answers. */
  #created: GenerativeModel | undefined;
  /** Interventions of the report, which do not depend on its subjects. */
  #grid: InterventionGrid | undefined;

  constructor({ run, device, folder }: AnsweringModel) {
    const { summary, parameters } = run;
    this.#run = run;
    this.#folder = folder;
    this.#options = { threads: 1, device: receivedDevice(device) };
    const fitted = { model: summary.model, missing: summary.config, parameters, causes: summary.causes };
    this.#latents = new ModelLatents(
      { ...fitted, gaussian: () => savedGaussian(parameters) },
      summary.columns,
      this.#options,
    );
  }

  /**
   * Answers a question with a promise, or with a generator of items.
   * @param dataset the subjects; undefined for a question about the population
   */
  ask<Name extends QuestionName>(
    name: Name,
    dataset: Subjects | undefined,
    options: SubjectsOption,
    hooks: SignalOption,
  ): AnswerTo<Name> {
    const { ask }: Question = QUESTIONS[name];
    return ask(this.#request(name, dataset, options, hooks)) as AnswerTo<Name>;
  }

  /** Answers a question as JSON. */
  async json(
    name: QuestionName,
    dataset: Subjects | undefined,
    options: SubjectsOption,
    hooks: SignalOption,
  ): Promise<object> {
    const { ask, json }: Question = QUESTIONS[name];
    const request = this.#request(name, dataset, options, hooks);
    return json(ask(request) as never, request);
  }

  /** Returns the arguments of a row of the table. Only the row itself knows their types. */
  #request(name: QuestionName, dataset: Subjects | undefined, options: SubjectsOption, hooks: SignalOption): never {
    const values = dataset ? this.#latents.ofDataset(dataset) : [];
    return {
      model: {
        summary: this.#run.summary,
        heldOut: this.#run.heldOut,
        fittedIds: async () => (this.#folder === undefined ? undefined : fittedIds(this.#folder, this.#run.heldOut)),
        valuesOf: (some: Subjects) => this.#latents.ofDataset(some),
        generative: () => this.#generative,
      },
      subjects: { values, rows: dataset ? rowsOf(dataset, options.subjects) : [], causes: dataset?.causes },
      options: { ...filled(QUESTIONS[name].options, options), ...hooks },
    } satisfies Record<keyof QuestionRequest<Declaration>, unknown> as never;
  }

  async report(
    { study, discovery, command, showSubjects = false, outOfFold, refits, sets }: SentReportOptions,
    { signal }: SignalOption,
  ): Promise<ReportWithFigures> {
    const { summary, parameters, graph, history } = this.#run;
    const model = { summary, parameters, latents: this.#latents, options: this.#options };
    const subjects = study && { ...(await examineSubjects(study, model)), showSubjects, outOfFold };
    signal?.throwIfAborted();
    const interpretation = study && (await interpret(this.#interpretationInput({ study, outOfFold, refits }, signal)));
    const interventions = await this.#interventions(signal);
    signal?.throwIfAborted();
    const tables = await this.#tables({ study, outOfFold, sets }, signal);
    const input: ReportInput = {
      summary,
      graph,
      history,
      interventions,
      ...(subjects && { subjects }),
      ...(interpretation && { interpretation }),
      ...(discovery && { discovery }),
      tables,
      ...(command !== undefined && { command }),
    };
    const facts = subjectFacts(input);
    return { html: await reportHtml(input, facts), regularArrays: arrayFigures(facts?.regularArrays ?? []) };
  }

  /** Returns the tables of gene sets, surveys, and subgroups, or the reason why this fit cannot have one. */
  async #tables(
    options: SentTableOptions,
    signal: AbortSignal | undefined,
  ): Promise<NonNullable<ReportInput['tables']>> {
    const { study, sets } = options;
    const file = study && 'dataset' in study ? study : undefined;
    const names: TableName[] = [
      ...(sets ? (['enrichment'] as const) : []),
      ...(file?.survey ? SURVEY_TABLES : []),
      ...(file?.subgroups ? SUBGROUP_TABLES : []),
    ];
    const tables: Partial<Record<TableName, ResultTable | { readonly refused: string }>> = {};
    for (const name of names) {
      signal?.throwIfAborted();
      try {
        tables[name] = await this.table(name, options, { signal });
      } catch (error) {
        const isRefused = error instanceof InputError && ['no-study', 'untested-latents'].includes(error.code);
        if (!isRefused) throw error;
        tables[name] = { refused: error.message };
      }
    }
    return tables;
  }

  /** Makes a result table. */
  async table(name: string, options: SentTableOptions, { signal }: SignalOption): Promise<ResultTable> {
    return makeTable(name, this.#interpretationInput(options, signal));
  }

  /** Draws the figures of a paper. */
  async figures(
    { study, outOfFold, discovery, replication, chance, sets, width, refits }: FiguresOptions & Sent,
    { signal }: SignalOption,
  ): Promise<Figure[]> {
    const { figuresOf } = await import('../report/figures/index.js');
    const interpretation = study && (await interpret(this.#interpretationInput({ study, outOfFold, refits }, signal)));
    const tables = await this.#tables({ study, outOfFold, sets }, signal);
    const { summary, graph, history } = this.#run;
    const subjects = study && { ...subjectsOf(study), outOfFold };
    return figuresOf(
      { summary, graph, history, subjects, interpretation, tables, discovery, replication, chance },
      { width },
    );
  }

  #interpretationInput({ study, ...options }: SentTableOptions, signal: AbortSignal | undefined): InterpretationInput {
    const { summary, graph, parameters, heldOut } = this.#run;
    const isFile = study !== undefined && 'dataset' in study;
    return {
      ...options,
      ...{ summary, graph, parameters, heldOut, signal },
      ...(isFile ? { study, dataset: study.dataset } : { dataset: study }),
      ...{ latents: this.#latents, compute: this.#options },
    };
  }

  /** Tests what the fit supports in a second cohort. @param first subjects of a fit in memory */
  async replicate(dataset: Dataset, first: FirstCohort | undefined, { signal }: SignalOption): Promise<Replication> {
    const { summary, graph, heldOut } = this.#run;
    const known = first ?? (this.#folder === undefined ? {} : await firstCohortOf(this.#folder, graph.nodes, heldOut));
    return replicate(dataset, { summary, graph, latents: this.#latents }, known, signal);
  }

  /** Returns the bytes of the native programs created so far. */
  nativeBytes(): number {
    return this.#latents.nativeBytes + (this.#created?.nativeBytes ?? 0);
  }

  async dispose(): Promise<void> {
    await Promise.all([this.#latents.dispose(), this.#created?.dispose()]);
  }

  get #generative(): GenerativeModel {
    const { summary, parameters, graph } = this.#run;
    this.#created ??= new GenerativeModel(summary, parameters, this.#options, graph);
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

/** Returns subjects, with what their study says about them. */
function subjectsOf(study: Study | Dataset) {
  return 'dataset' in study ? { dataset: study.dataset, ...studyFacts(study) } : { dataset: study };
}
