// The questions to a fitted model: options, answers, and the computation, whose code is loaded by the first question.
// Methods of the library, messages to the thread of a model, flags of commands, and HTTP routes are made from this
// table (docs/reference/questions.md).

import type { Cause } from '../data/causes.js';
import type { ObservedValues, Subjects } from '../data/dataset.js';
import { subjectsOf } from '../data/select-rows.js';
import type { Warning } from '../quality/index.js';
import type { RunSummary } from '../training/run-summary.js';
import type { GenerativeModel } from './generative-model.js';
import type { AnsweredCell } from './impute.js';
import {
  ACTION,
  drawn,
  type Declaration,
  type FilledOptions,
  type OptionsOf,
  type SignalOption,
} from './question-options.js';
import type { Setting } from './setting.js';
import { columnVariables } from './variables.js';

/** The model that answers. */
export interface AskedModel {
  readonly summary: RunSummary;
  /** Ids of the test split; undefined if the RUN folder has no subjects.json. */
  readonly heldOut: readonly string[] | undefined;
  /** Returns the ids of training and validation subjects; undefined if unknown. @throws InputError `damaged-file` */
  readonly fittedIds: () => Promise<ReadonlySet<string> | undefined>;
  /** Returns subjects in the model's order of modalities, standardised. @throws what `encode` throws */
  readonly valuesOf: (subjects: Subjects) => readonly ObservedValues[];
  /** Returns the model that draws, created by the first call. @throws InputError `no-table`, `cyclic-graph` */
  readonly generative: () => GenerativeModel;
}

/** The subjects of a question; none for a question about the population. */
export interface AskedSubjects {
  /** Per modality in the model's order, subjects × columns. */
  readonly values: readonly ObservedValues[];
  /** Rows of the requested subjects. */
  readonly rows: readonly number[];
  /** Observed causes of the subjects, if they are known. */
  readonly causes?: readonly Cause[] | undefined;
}

export interface QuestionRequest<D extends Declaration> {
  readonly model: AskedModel;
  readonly subjects: AskedSubjects;
  readonly options: FilledOptions<D> & SignalOption;
}

export interface Row<D extends Declaration, Answer, Json extends object> {
  /** Summary of the route. */
  readonly summary: string;
  readonly about: 'subjects' | 'population';
  readonly options: D;
  /** Returns the number of draws, for each subject if the question is about subjects. A server limits them. */
  readonly cost: (options: FilledOptions<D>) => number;
  /** Returns one answer, or items of many. */
  readonly ask: (request: QuestionRequest<D>) => Answer;
  /** Returns the answer as JSON. */
  readonly json: (answer: Answer, request: QuestionRequest<D>) => Promise<Json>;
  /** A command that prints the answer as a table. The commands of other questions are in src/cli. */
  readonly command?: QuestionCommand<Json>;
}

export interface QuestionCommand<Json> {
  /** Texts of `--help`. */
  readonly summary: string;
  readonly description: string;
  readonly examples: readonly string[];
  readonly details: readonly string[];
  /** Returns the rows of the table. Those about a subject have its row in the study. */
  readonly records: (answer: Json) => readonly Readonly<Record<string, string | number>>[];
}

/** Any row of the table. Only the row itself knows the types of its options and its answer. */
export interface Question extends Pick<Row<Declaration, unknown, object>, 'summary' | 'about' | 'options'> {
  readonly cost: (options: never) => number;
  readonly ask: (request: never) => unknown;
  readonly json: (answer: never, request: never) => Promise<object>;
  readonly command?: QuestionCommand<never>;
}

/** Infers the types of a row. */
function question<const D extends Declaration, Answer, Json extends object>(
  row: Row<D, Answer, Json>,
): Row<D, Answer, Json> {
  return row;
}

const CAUSES_OF_SUBJECTS = {
  causes: {
    kind: 'causes',
    text: 'Values that the observed causes of the subjects have. Default: those of the study.',
  },
} as const;

const BY_SUBJECT = drawn('Number of draws for each subject.', 200);

/** `encode` has a route, but no thread: the engine computes it in batches. */
export const ENCODE = {
  summary: 'Latents of subjects',
  options: {
    partial: { kind: 'flag', text: 'Treat absent columns and modalities as missing.' },
    posterior: { kind: 'flag', text: 'Add the standard deviation of each latent.' },
    causes: {
      kind: 'causes',
      text:
        'Values that the observed causes of all subjects have. Latents of absent modalities depend on them. ' +
        'Default: unknown.',
    },
  },
} as const;

export const QUESTIONS = {
  impute: question({
    summary: 'Missing values of subjects: mean and interval of each cell',
    about: 'subjects',
    options: { ...CAUSES_OF_SUBJECTS, ...BY_SUBJECT },
    cost: ({ draws }) => draws,
    ask: async function* ({ model, subjects, options }) {
      const { imputedCells, missingCells } = await import('./impute.js');
      const wants = missingCells(subjects.values);
      const causes = await causesOf(model, subjects, options.causes);
      yield* imputedCells(model.generative(), { ...subjects, wants, causes }, options);
    },
    json: async (answer, { model: { summary }, subjects: { values } }) => ({
      cells: await namedCells(answer, summary),
      warnings: await warningsOf(summary, values),
    }),
  }),

  predict: question({
    summary: 'Columns of some modalities, predicted from other modalities alone',
    about: 'subjects',
    options: {
      from: { kind: 'modalities', text: 'Known modalities.', needed: 'option' },
      to: { kind: 'modalities', text: 'Modalities to predict.', needed: 'option' },
      causes: { kind: 'causes', text: 'Values that the observed causes of the subjects have. Default: unknown.' },
      ...BY_SUBJECT,
    },
    cost: ({ draws }) => draws,
    ask: async function* ({ model, subjects, options }) {
      const { imputedCells, predictedCells } = await import('./impute.js');
      const requested = predictedCells(model.summary, subjects.values, options);
      const causes = options.causes && (await causesOf(model, subjects, options.causes));
      yield* imputedCells(model.generative(), { ...requested, rows: subjects.rows, causes }, options);
    },
    json: async (answer, { model: { summary }, subjects: { values }, options: { from } }) => ({
      cells: await namedCells(answer, summary),
      warnings: await warningsOf(summary, values, from),
    }),
  }),

  intervene: question({
    summary: 'Effect of setting latents or observed causes in the population',
    about: 'population',
    options: {
      ...ACTION,
      against: {
        kind: 'against',
        text: 'Value of the observed causes without the intervention. Default: the reference.',
      },
      ...drawn('Number of subjects to simulate.', 4000),
    },
    cost: ({ draws }) => draws,
    ask: async ({ model, options }) => (await import('./intervene.js')).intervene(model.generative(), options),
    json: (answer) => answer,
  }),

  counterfactual: question({
    summary: 'Values that subjects would have if some of their latents or observed causes had been set',
    about: 'subjects',
    options: {
      ...ACTION,
      ...CAUSES_OF_SUBJECTS,
      ...BY_SUBJECT,
    },
    cost: ({ draws }) => draws,
    ask: async function* ({ model, subjects, options }) {
      const { counterfactuals } = await import('./counterfactual.js');
      yield* counterfactuals(model.generative(), subjects, options);
    },
    json: async (answers) => {
      const subjects = [];
      let shared = {};
      for await (const { assumed, warnings, ...one } of answers) {
        subjects.push(one);
        shared = { assumed, warnings };
      }
      return { subjects, ...shared };
    },
  }),

  typicality: question({
    summary: 'How unusual subjects are, compared with subjects on whom the model was not trained',
    about: 'subjects',
    options: {
      reference: {
        kind: 'subjects',
        text: 'Held-out subjects to compare with.',
        needed: 'argument',
      },
    },
    cost: () => 1,
    ask: async ({ model, subjects, options: { reference, signal } }) => {
      const { referenceRows, typicality } = await import('./typicality.js');
      const { summary, heldOut, fittedIds } = model;
      const rows = await referenceRows(reference, { fingerprint: summary.fingerprint, heldOut, fittedIds });
      const known = { values: model.valuesOf(reference), ...rows };
      return typicality(model.generative(), subjects, known, { signal });
    },
    json: (answer) => answer,
    command: {
      summary: 'show how unusual subjects are for the model',
      description: 'Shows how unusual subjects are, compared with subjects on whom the model was not trained.',
      examples: ['interlatent typicality runs/study new.yaml --reference study.yaml --out typicality.csv'],
      details: [
        'A share is the part of the reference that is at least as unusual; the subject counts too. At most 1 % of ' +
          'the subjects of the same population have a share of 0.01 or less, however well the model fits.',
        'measurements: differences from the reconstruction. latents: distances from their means. The column share is ' +
          'about all of them together.',
        '--reference takes the study of the fit, of which only held-out subjects are used, or a study of other ' +
          'subjects. Training subjects are no reference, because they look too typical. A warning says if nothing ' +
          'shows that the reference was held out.',
      ],
      records: ({ subjects }) =>
        subjects.flatMap(({ row, share, modalities }) =>
          modalities.map(({ name, measurements, latents }) => ({
            row,
            share,
            modality: name,
            measurements: measurements.score,
            measurements_share: measurements.share,
            latents: latents.score,
            latents_share: latents.share,
          })),
        ),
    },
  }),

  simulate: question({
    summary: 'New subjects of the fitted population, which are not necessarily anonymous',
    about: 'population',
    options: {
      subjects: { kind: 'count', text: 'Number of new subjects.', needed: 'argument' },
      causes: {
        kind: 'causes',
        text: 'Values of observed causes for all new subjects. All other causes vary as among the training subjects.',
      },
      seed: BY_SUBJECT.seed,
    },
    cost: ({ subjects }) => subjects,
    ask: async ({ model, options }) => (await import('./generate.js')).generateSubjects(model.generative(), options),
    json: async (answer) => {
      const { subjects, tables, latents, causes } = await answer;
      const lists = (all: typeof latents) => Object.fromEntries(all.map(({ name, values }) => [name, [...values]]));
      return {
        subjects,
        ...(causes && { causes: Object.fromEntries(causes.map(({ name, values }) => [name, [...values]])) }),
        columns: Object.fromEntries(tables.map((table) => [table.name, lists(table.columns)])),
        latents: lists(latents),
      };
    },
  }),
} as const;

export type QuestionName = keyof typeof QUESTIONS;

/** The options of a question in the library, without its arguments. */
export type QuestionOptions<Name extends QuestionName> = OptionsOf<(typeof QUESTIONS)[Name]['options']> & SignalOption;

/** The answer to a question: a promise, or a generator of items. */
export type AnswerTo<Name extends QuestionName> = ReturnType<(typeof QUESTIONS)[Name]['ask']>;

/** An item of an answer that has many. */
export type ItemOf<Answer> = Answer extends AsyncGenerator<infer Item> ? Item : never;

/** Returns the causes of the subjects of a question. @throws InputError `unknown-level`, `invalid-setting` */
async function causesOf(
  { summary: { causes = [], ranges, columns } }: AskedModel,
  { values, causes: measured }: AskedSubjects,
  stated: Setting | undefined,
): Promise<readonly Cause[] | undefined> {
  const { causesOfSubjects } = await import('./cause-draws.js');
  const subjects = subjectsOf(values[0], columns[0].columns.length);
  return causesOfSubjects({ causes, ranges: ranges.causes }, subjects, measured, stated);
}

/** Returns the warnings about filled cells. @param read modalities that the question reads. Default: all */
async function warningsOf(
  { model }: RunSummary,
  values: readonly ObservedValues[],
  read?: readonly string[],
): Promise<Warning[]> {
  const { gapWarnings } = await import('./gap-warnings.js');
  return gapWarnings(model, values, read);
}

/** Returns cells with the names of their columns. */
async function namedCells(answer: AsyncIterable<AnsweredCell>, summary: RunSummary): Promise<object[]> {
  const variables = new Map(columnVariables(summary).map((one) => [one.at, one]));
  const named = [];
  for await (const { row, at, value } of answer) {
    const { modality, column, unit } = variables.get(at)!;
    named.push({ row, modality, column, unit, ...value });
  }
  return named;
}
