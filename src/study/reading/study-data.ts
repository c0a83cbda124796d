// Reads the data set of a study file: reads tables and joins them on the subject's id, counts missing values, splits
// the subjects, and standardises columns on the training split alone.

import { InputError } from '../../errors/errors.js';
import { didYouMean } from '../../errors/suggestion.js';
import type { Dataset, Modality, ModalityScales, SharedLatents } from '../../data/dataset.js';
import type { Outcome, SubjectVariable } from '../../data/outcomes.js';
import type { Subgroups } from '../../data/subgroups.js';
import type { StudySurvey } from '../../data/survey.js';
import { fingerprintOf } from '../../data/fingerprint.js';
import { termReports } from '../inspection/adjustment-text.js';
import { readBatches } from './batches.js';
import { batchReport } from '../inspection/causes.js';
import { causesInspected } from './inspect-causes.js';
import { surveyInspected } from './inspect-survey.js';
import type { designInspected } from './inspect-design.js';
import { withPrivateEncodings } from '../../data/private-latents.js';
import { readCauses } from './causes.js';
import { causesOf, fittedCauses, strataOfCauses, valuesOfCauses } from './fit-causes.js';
import type { Cohort, CohortSubjects } from './cohort.js';
import { readCovariates, type Covariates } from './covariates.js';
import type { Adjustment } from './fit-scales.js';
import { readGroups } from './groups.js';
import type { Inspection, ModalityReport } from '../inspection/inspection.js';
import { areEqual, joinSubjects } from './join-subjects.js';
import { patternsOf, presenceOf } from '../../data/presence.js';
import type { RawColumn } from '../../data/kinds.js';
import { checkPresence, splitNewSubjects, splitSubjects } from '../../data/split.js';
import type { StudyFile } from '../grammar/study-file.js';
import type { StudyConfig } from '../grammar/schema.js';
import { idName } from '../grammar/subject-id.js';
import { checkRowCounts } from './row-counts.js';
import type { GivenScales, ReadModality } from './read-modality.js';
import type { ReadingProgress, ReadStudyOptions, ReportDone } from './reading-options.js';
import {
  batchAdjustment,
  batchIndicators,
  checkBatchCauses,
  distinctBatches,
  fittedBatches,
  strataOfBatches,
} from './subject-batches.js';
import type { OutcomesInspected } from './inspect-outcomes.js';
import type { SubgroupsInspected } from './subgroups.js';
import type { OutcomeSubjects } from './outcomes.js';
import { uncheckedSubjects } from './unchecked.js';
import { readTableModality } from './table-modality.js';

export interface Study {
  readonly name: string;
  /** Path of the study file, as the caller wrote it. */
  readonly path: string;
  /** Content of the study file with all defaults. */
  readonly config: StudyConfig;
  readonly dataset: Dataset;
  readonly inspection: Inspection;
  /** Sampling design of the subjects of the data set; left out for a study without `survey`. */
  readonly survey?: StudySurvey | undefined;
  /** Outcomes of the subjects of the data set; left out for a study without `outcomes`. */
  readonly outcomes?: readonly Outcome[] | undefined;
  /** Groups that are compared after a fit; left out for a study without `subgroups`. */
  readonly subgroups?: Subgroups | undefined;
  /** Batches of the subjects; left out for a study without `batch`. */
  readonly batches?: readonly SubjectVariable[] | undefined;
  /** Only with `keepTables`. */
  readonly tables?: readonly StudyTable[] | undefined;
}

/** Columns of a modality as they were read: codes decoded, repeats averaged, one value per subject of the data set. */
export interface StudyTable {
  readonly name: string;
  readonly columns: readonly RawColumn[];
}

/** Returns the study of a study file. @throws what `readStudy` throws */
export async function studyOf(file: StudyFile, options: ReadStudyOptions): Promise<Study> {
  const { partial = false, keepTables = false, onProgress } = options;
  const { path } = file;
  const hasCauses = Object.keys(file.config.causes ?? {}).length > 0;
  const scales = options.scales && (partial ? availableScales(file, options.scales) : options.scales);
  const names = scales?.map(({ name }) => name) ?? Object.keys(file.config.modalities);
  const sources: ReadModality[] = [];
  for (const [i, name] of names.entries()) {
    if (!Object.hasOwn(file.config.modalities, name)) throw modalityMismatch(file, name);
    sources.push(withIdsOf(sources[0], await readModality(file, name, { scales: scales?.[i], onProgress })));
  }
  const tables = sources.map(({ table }) => table);
  checkRowCounts(file, tables);
  const rules = sources.map((source) => source.rules);
  const rows = tables.at(0)?.stacked[0];
  const recordings = new Map(sources.flatMap((source) => [...(source.recordings ?? [])]));
  const cohort = await cohortOf(file, { tables, rows, recordings });
  const covariates = await readCovariates(file, { scales, rows });
  const fitted = scales && (options.causes ?? []);
  const causeColumns = await readCauses(file, { rows, recordings, fitted });
  const batches = await readBatches(file, { names, scales, rows, recordings });
  const { keepUnknownCauses = false } = options;
  const outside = cohort?.outside ?? new Set();
  const chosenBy = { causes: causeColumns, learning: !scales, outside, keepUnknownCauses };
  const joined = joinSubjects(file, tables, { rules, covariates, batches, ...chosenBy });
  const { ids } = joined;
  const groups = await readGroups(file, ids, recordings);
  const valued = causeColumns.length > 0 ? valuesOfCauses(causeColumns, ids, fitted !== undefined) : undefined;
  const strata = [...(valued ? strataOfCauses(valued) : []), ...strataOfBatches(batches, ids)];
  const split = (scales ? splitNewSubjects : splitSubjects)(ids, file.config.split, groups, strata);
  if (!scales) checkPresence(split, names, joined.present);

  const adjustment = covariates && (await adjustmentOf(file, { covariates, ids, train: split.train, scales }));

  const causes = valued && (fitted ? fittedCauses(valued, fitted) : causesOf(file, valued, split.train));
  const unchecked = uncheckedSubjects(file, tables, ids);
  const modalities: Modality[] = [];
  const reports: ModalityReport[] = [];
  const rawTables: StudyTable[] = [];
  for (const [i, { finish }] of sources.entries()) {
    const table = joined.tables[i];
    const measured = table.columns.map(({ name }) => name);
    const subjects = {
      columns: measured,
      ids,
      split,
      present: joined.present[i],
      causes: causes ?? [],
      covariates: adjustment?.values ?? [],
    };
    const ofBatches =
      batches[i] && (scales ? fittedBatches(batches[i], ids) : batchAdjustment(file, table.name, batches[i], subjects));
    const selected = { ids, split, table, losses: joined.losses[i], rows: joined.rows[i] };
    const onColumn = stepOf(table.name, 'columns', onProgress);
    const of = { ...selected, adjustment, batches: ofBatches, onColumn };
    const { modality, report, columns } = await finish(of);
    const placed = ofBatches && !scales ? { ...modality, batchPositions: ofBatches.positions } : modality;
    modalities.push(hasCauses ? withPrivateEncodings(placed) : placed);
    const ofReport = ofBatches && { batches: batchReport(ofBatches, split, joined.unbatched[i]) };
    reports.push({ ...report, ...ofReport, ...(unchecked[i] !== undefined && { unchecked: unchecked[i] }) });
    if (keepTables && columns) rawTables.push({ name: table.name, columns: columns() });
  }
  if (!scales) checkBatchCauses(file, batches, { modalities, causes });
  checkValues(file, ids, modalities);
  const shared = partial ? undefined : sharedLatents(file, modalities);
  // A test of another modality would condition on the cause itself.
  const apart = batches.filter((_, m) => !modalities[m].batches?.causes);
  const removed = [...(adjustment?.values ?? []), ...batchIndicators(apart, ids, split.train)];
  const parts = {
    ids,
    groups,
    covariates: removed.length > 0 ? removed : undefined,
    modalities,
    causes,
    shared,
    split,
  };
  const present = modalities.map(presenceOf);
  const ofCauses = causes && causesInspected(causes, { ids, split, losses: joined.causeLosses, batches, covariates });
  const designed = { modalities: reports, causes: ofCauses?.causes, present, groups, shared };
  const identification = scales ? undefined : await designOf(file, designed);
  const ofSurvey = await surveyInspected(file, { ids, groups, recordings, rows });
  const subjects = { ids, groups, recordings, rows, modalities };
  const ofOutcomes = file.config.outcomes && (await outcomesOf(file, subjects));
  const ofSubgroups = await subgroupsOf(file, subjects);
  const studyBatches = distinctBatches(batches);
  const sizes = { train: split.train.length, validation: split.validation.length, test: split.test.length };
  return {
    name: file.config.study,
    path,
    config: file.config,
    ...(keepTables && { tables: rawTables }),
    ...(ofSurvey && { survey: ofSurvey.survey }),
    ...(ofOutcomes && { outcomes: ofOutcomes.outcomes }),
    ...(ofSubgroups && { subgroups: ofSubgroups.subgroups }),
    ...(studyBatches.length > 0 && {
      batches: studyBatches.map(({ column, levels, batchOf }) => ({
        column,
        levels,
        values: Float64Array.from(ids, batchOf),
      })),
    }),
    dataset: { ...parts, fingerprint: fingerprintOf(parts) },
    inspection: {
      study: file.config.study,
      missing: file.config.missing,
      ...(cohort && { cohort: cohort.report }),
      known: joined.known,
      shared: joined.shared,
      subjects: ids.length,
      complete: joined.complete,
      empty: joined.empty,
      patterns: patternsOf(names, present),
      ...(groups && { groups: new Set(groups).size }),
      ...(covariates && {
        adjusted: {
          columns: covariates.columns,
          terms: termReports(adjustment?.covariates ?? []),
          lacking: joined.uncovered,
        },
      }),
      ...ofCauses,
      ...(ofSurvey && { survey: ofSurvey.report }),
      ...(identification && { identification }),
      ...(ofOutcomes && { outcomes: ofOutcomes.reports }),
      ...(ofSubgroups && { subgroups: ofSubgroups.report }),
      advice: joined.advice,
      split: sizes,
      modalities: reports,
    },
  };
}

/** Returns the cohort. Its code is loaded only for a study that has one. */
async function cohortOf(file: StudyFile, subjects: CohortSubjects): Promise<Cohort | undefined> {
  return file.config.cohort && (await import('./cohort.js')).readCohort(file, subjects);
}

/** Reads the outcomes. Their code is loaded only if a study has some. */
async function outcomesOf(file: StudyFile, subjects: OutcomeSubjects): Promise<OutcomesInspected> {
  const { outcomesInspected } = await import('./inspect-outcomes.js');
  return outcomesInspected(file, subjects);
}

/** Reads the groups that are compared. Their code is loaded only for a study that has some. */
async function subgroupsOf(file: StudyFile, subjects: OutcomeSubjects): Promise<SubgroupsInspected | undefined> {
  const { subgroups: config } = file.config;
  return config && (await import('./subgroups.js')).subgroupsInspected(file, config, subjects);
}

/** Shares the list of ids between modalities with the same subjects in the same order, which saves much memory. */
function withIdsOf(first: ReadModality | undefined, source: ReadModality): ReadModality {
  const { table } = source;
  if (!first || !areEqual(table.ids, first.table.ids)) return source;
  return { ...source, table: { ...table, ids: first.table.ids } };
}

interface Reading {
  readonly scales: GivenScales;
  readonly onProgress: ReadStudyOptions['onProgress'];
}

/** Reads a modality. The code for images and series is loaded only if a modality needs it. */
async function readModality(file: StudyFile, name: string, { scales, onProgress }: Reading): Promise<ReadModality> {
  const config = file.config.modalities[name];
  const options = { scales, onProgress: stepOf(name, 'files', onProgress) };
  if ('table' in config) return readTableModality(file, name, config, options);
  const { readArrayModality } = await import('./array-modality.js');
  return readArrayModality(file, name, config, options);
}

/** Returns a function that reports the progress of a step. */
function stepOf(modality: string, step: ReadingProgress['step'], onProgress: Reading['onProgress']): ReportDone {
  return (done, total) => onProgress?.({ modality, step, done, total });
}

/** Returns what the design can identify. The code is loaded only before a fit. */
async function designOf(
  { config }: StudyFile,
  designed: Parameters<typeof designInspected>[1],
): Promise<Inspection['identification']> {
  const { designInspected } = await import('./inspect-design.js');
  return designInspected(config, designed);
}

/** Returns the adjustment, fitted on the training split or taken from the scales of a model. */
async function adjustmentOf(
  file: StudyFile,
  {
    covariates,
    ids,
    train,
    scales,
  }: {
    readonly covariates: Covariates;
    readonly ids: readonly string[];
    readonly train: Int32Array;
    readonly scales: readonly ModalityScales[] | undefined;
  },
): Promise<Adjustment> {
  const { fitAdjustment, covariateValues } = await import('./fit-adjustment.js');
  if (!scales) return fitAdjustment(file, covariates, ids, train);
  const terms = scales.find((modality) => modality.covariates)?.covariates ?? [];
  return { covariates: terms, values: covariateValues(file, covariates, ids, terms), slopes: () => [] };
}

/**
 * Returns the scales of the modalities that the study has.
 * @throws InputError `modality-mismatch` if it has none of them, or has one that the model does not know: a misspelled
 *   name must not leave a modality out
 */
function availableScales(file: StudyFile, scales: readonly ModalityScales[]): readonly ModalityScales[] {
  const names = Object.keys(file.config.modalities);
  const available = scales.filter(({ name }) => names.includes(name));
  const lacking = scales.find((one) => !available.includes(one));
  if (lacking && names.length > available.length) throw modalityMismatch(file, lacking.name);
  return available;
}

/** Checks that every subject has a value in a column that was not left out. @throws InputError `no-values` */
function checkValues(file: StudyFile, ids: readonly string[], modalities: readonly Modality[]): void {
  const present = modalities.map(presenceOf);
  const empty = present[0].findIndex((_, subject) => present.every((has) => has[subject] === 0));
  if (empty < 0) return;
  throw new InputError(
    'no-values',
    `${file.locate(['modalities'])}: ${idName(file.config.id)} ${ids[empty]} has values only in columns that were ` +
      'left out (constant, too few values, filter); write these columns into omit',
    { id: ids[empty] },
  );
}

/**
 * Returns the declared shared latents by position of modality.
 * @throws InputError `unknown-modality`, `too-many-latents`
 */
function sharedLatents(file: StudyFile, modalities: readonly Modality[]): SharedLatents | undefined {
  const { shared } = file.config;
  if (shared === 'auto') return undefined;
  const names = modalities.map(({ name }) => name);
  const sharing = shared.modalities ?? names;
  const unknown = sharing.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new InputError(
      'unknown-modality',
      `${file.locate(['shared', 'modalities'])}: no modality '${unknown}'${didYouMean(unknown, names)}; the ` +
        `study has ${names.join(', ')}`,
      { modality: unknown },
    );
  }
  const positions = [...new Set(sharing)].map((name) => names.indexOf(name));
  const smallest = modalities[positions.reduce((a, b) => (modalities[b].latents < modalities[a].latents ? b : a))];
  if (positions.length < 2 || smallest.latents < shared.latents) {
    throw new InputError(
      'too-many-latents',
      positions.length < 2
        ? `${file.locate(['shared', 'modalities'])}: latents are shared by two modalities or more`
        : `${file.locate(['shared', 'latents'])}: modality '${smallest.name}' has ${smallest.latents} latents, ` +
            `so it cannot share ${shared.latents}; raise its latents or lower shared.latents`,
      { modality: smallest.name },
    );
  }
  return { latents: shared.latents, modalities: positions };
}

function modalityMismatch(file: StudyFile, name: string): InputError {
  const names = Object.keys(file.config.modalities);
  return new InputError(
    'modality-mismatch',
    `${file.locate(['modalities'])}: the model needs modality '${name}'${didYouMean(name, names)}; the ` +
      `study has ${names.join(', ')}`,
    { modality: name },
  );
}
