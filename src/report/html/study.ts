// The study: the question, the subjects, the modalities, their tables and columns.

import { ADJUSTMENT_RISKS, covariateText } from '../../study/inspection/adjustment-text.js';
import type { Inspection, ModalityReport } from '../../study/inspection/inspection.js';
import { countsText, subjectCounts } from '../../conclusions/index.js';
import type { SubjectStep } from '../charts/subjects-chart.js';
import { labelOf } from '../facts/entries.js';
import { count, counted, listed, number } from '../../text/numbers.js';
import type { ReportInput, ReportSubjects } from '../input.js';
import { markup, type Markup } from './markup.js';
import { missingness } from './missingness.js';
import { chartFigure, details, notice, table, withoutData, type Section } from './section.js';
import { valueCount } from '../../data/observation.js';

export function studySection({ summary, subjects }: ReportInput): Section {
  const { modalities } = summary.model;
  const names = modalities.map(({ name }) => name);
  const inspection = subjects?.inspection;
  const within = summary.config.sparsity.within ? '. Latents of one modality may be linked, too' : '';
  const question = markup`<p>Which latents underlie ${listed(names)}, and which of them are linked? Each modality has
latents (z), linked to those of other modalities by a sparse graph, and private noise (η) that it does not share. The
model assumes that links run from an earlier modality to a later one, in the order ${listed(names)}${within}.</p>
<p>${countsText(subjectCounts(summary))}</p>`;
  return {
    id: 'study',
    title: 'The study',
    body: [
      question,
      ...otherSubjects(summary, subjects),
      modalityTable(input(summary, inspection)),
      ...(inspection ? joins(inspection) : []),
      ...columnTables(subjects),
    ],
  };
}

/** Warns if the figures of the report describe other subjects than those of the fit. */
function otherSubjects({ fingerprint }: ReportInput['summary'], subjects: ReportSubjects | undefined): Markup[] {
  if (subjects === undefined || subjects.dataset.fingerprint === fingerprint) return [];
  const { ids } = subjects.dataset;
  return [
    notice(
      markup`<p><strong>These are not the subjects of the fit.</strong> All figures below that are computed from data
      describe ${counted(ids.length, 'other subject')}.</p>`,
    ),
  ];
}

interface ModalityLine {
  readonly name: string;
  readonly columns: number;
  readonly latents: number;
  readonly exogenous: number;
  readonly report: ModalityReport | undefined;
}

function input(summary: ReportInput['summary'], inspection: Inspection | undefined): ModalityLine[] {
  return summary.model.modalities.map((m) => ({
    ...m,
    columns: valueCount(m.observation),
    report: inspection?.modalities.find(({ name }) => name === m.name),
  }));
}

function modalityTable(lines: readonly ModalityLine[]): Markup {
  const known = lines.every(({ report }) => report !== undefined);
  return table({
    caption: 'Modalities',
    columns: [
      { title: 'Modality' },
      { title: 'Columns', numeric: true },
      { title: 'Latents z', numeric: true },
      { title: 'Private noise η', numeric: true },
      ...(known
        ? [
            { title: 'Subjects', numeric: true },
            { title: 'With missing values', numeric: true },
          ]
        : []),
    ],
    rows: lines.map(({ name, columns, latents, exogenous, report }, m) => [
      markup`<span class="dot m${m % 8}"></span>${name}`,
      count(columns),
      count(latents),
      count(exogenous),
      ...(report ? [count(report.joined), count(report.incomplete)] : []),
    ]),
  });
}

function steps({ missing, known, shared, subjects, complete }: Inspection): SubjectStep[] {
  if (missing === 'keep') {
    return [
      { title: 'In at least one table', subjects: known },
      { title: 'With at least one value: the subjects of this study', subjects },
      { title: 'With all values', subjects: complete },
    ];
  }
  return [
    { title: 'In at least one table', subjects: known },
    { title: 'In all modalities', subjects: shared },
    { title: 'With all values: the subjects of this study', subjects },
  ];
}

function joins(inspection: Inspection): Markup[] {
  const { modalities } = inspection;
  const missing = modalities
    .flatMap(({ name, missing: columns }) => columns.map((column) => ({ modality: name, ...column })))
    .sort((a, b) => b.subjects - a.subjects)
    .slice(0, 12);
  const files = modalities.flatMap(({ name, tables, stacked }) =>
    tables.map((stack, part) => [
      name,
      stack.map(
        ({ file, rows }) =>
          markup`<span class="line">${fileName(file)} <span class="muted">${counted(rows, 'row')}</span></span>`,
      ),
      count(stacked[part]),
    ]),
  );
  return [
    chartFigure(['subjects', steps(inspection)], {
      name: 'subjects',
      caption:
        inspection.missing === 'keep'
          ? 'All subjects with at least one value are used. Missing values are ignored, not imputed.'
          : 'Only subjects without missing values are used. Nothing is imputed.',
    }),
    ...missingness(inspection),
    ...adjustedFor(inspection),
    ...changes(modalities),
    details('Tables and missing values', [
      table({
        caption: 'Tables',
        columns: [{ title: 'Modality' }, { title: 'Files' }, { title: 'Subjects', numeric: true }],
        rows: files,
      }),
      ...(missing.length === 0
        ? []
        : [
            table({
              caption:
                inspection.missing === 'keep'
                  ? 'Columns with the most missing values, among subjects who have the modality'
                  : 'Columns with the most missing values, among subjects who have all modalities',
              quiet: false,
              columns: [{ title: 'Column' }, { title: 'Modality' }, { title: 'Subjects', numeric: true }],
              rows: missing.map(({ modality, column, subjects: lacking }) => [column, modality, count(lacking)]),
            }),
          ]),
    ]),
  ];
}

/** Lists the covariates of the adjustment, and its risks. Returns nothing for a study without `adjust`. */
function adjustedFor({ adjusted }: Inspection): Markup[] {
  if (!adjusted) return [];
  const lacking = adjusted.lacking > 0 ? ` ${counted(adjusted.lacking, 'subject')} without them are left out.` : '';
  return [
    markup`<p>Every measured column is adjusted for ${listed(adjusted.terms.map(covariateText))}. The report describes
what these covariates do not explain in the training subjects.${lacking}</p>`,
    details('Risks of an adjustment', [markup`<p>${ADJUSTMENT_RISKS.join(' ')}</p>`]),
  ];
}

/** Lists rows and values that the study file removed or changed. Returns nothing if there are none. */
function changes(modalities: readonly ModalityReport[]): Markup[] {
  const list = modalities.flatMap(({ name, filtered, few, adjusted }) => [
    ...(filtered > 0 ? [[name, 'rows outside a range of the study file, left out', filtered] as const] : []),
    ...(few > 0 ? [[name, 'subjects with too few rows, left out', few] as const] : []),
    ...adjusted.flatMap(({ column, filled, below, above }) =>
      (
        [
          [column, 'answers of skipped questions, filled in', filled],
          [column, 'values below the limit of measurement', below],
          [column, 'values above the limit of measurement', above],
        ] as const
      ).filter(([, , number]) => number > 0),
    ),
  ]);
  if (list.length === 0) return [];
  return [
    details('Rows and values that were left out or changed', [
      table({
        caption: 'Rows and values that were left out or changed',
        columns: [{ title: 'Modality or column' }, { title: 'Change' }, { title: 'Number', numeric: true }],
        rows: list.map(([where, what, number]) => [where, what, count(number)]),
      }),
    ]),
  ];
}

function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

function columnTables(subjects: ReportSubjects | undefined): Markup[] {
  if (subjects === undefined) return [withoutData('The subjects and their tables')];
  if (subjects.inspection === undefined) {
    return [notice(markup`<p>A program created the data set; it was not read from a study file.</p>`)];
  }
  const { modalities } = subjects.inspection;
  return [
    details(
      'All columns: range, mean, spread',
      modalities.map(({ name, transform, columns }) =>
        table({
          caption: transform === undefined ? name : `${name}, after transform: ${transform}`,
          quiet: false,
          columns: ['Column', 'Minimum', 'Maximum', 'Mean', 'Standard deviation', 'Skewness']
            .map((title, c) => ({ title, numeric: c > 0 }))
            .concat({ title: 'Scale', numeric: false }),
          rows: columns.map(({ transformed, ...column }) => {
            const { min, max, mean, sd, skewness } = transformed ?? column;
            return [
              columnName(subjects, name, column.name),
              ...[min, max, mean, sd, skewness].map((value) => number(value)),
              column.logged ? 'logarithm' : transformed ? transform : '',
            ];
          }),
        }),
      ),
    ),
  ];
}

/** Returns the label of a column, and its name if that is different. */
export function columnName(subjects: ReportSubjects, modality: string, column: string): Markup {
  const label = labelOf(subjects, modality, column);
  return label === column ? markup`${column}` : markup`${label} <code class="muted">${column}</code>`;
}
