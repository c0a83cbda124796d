// What the survey says about the population: the result tables with weights. The other sections describe the subjects.

import type { TableName } from '../../interpretation/index.js';
import type { ReportInput } from '../input.js';
import { markup, type Part } from './markup.js';
import { resultNotes, resultRows } from './result-table.js';
import { notice, type Section } from './section.js';

/** The tables of the section. */
export const SURVEY_TABLES = [
  'survey-links',
  'survey-outcomes',
  'survey-means',
] as const satisfies readonly TableName[];

/** Maximum number of rows of a table. */
const MAX_ROWS = 100;

/** Returns undefined for a study without sampling design. */
export function surveySection({ tables = {} }: ReportInput): Section | undefined {
  const shown = SURVEY_TABLES.flatMap((name): Part[] => {
    const table = tables[name];
    if (!table) return [];
    if ('refused' in table) return [notice(markup`<p>${table.refused}</p>`)];
    const { title, rows } = table;
    const more =
      rows.length > MAX_ROWS ? markup`<p>All rows: <code>interlatent table RUN ${name}</code>.</p>` : undefined;
    return [
      [
        markup`<h3 id="${name}">${title}</h3>`,
        rows.length === 0 ? markup`<p>No rows.</p>` : resultRows(table, rows.slice(0, MAX_ROWS)),
        more,
        resultNotes(table),
      ],
    ];
  });
  return shown.length === 0 ? undefined : { id: 'survey', title: 'In the population of the survey', body: shown };
}
