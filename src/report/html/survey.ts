// What the survey says about the population: the result tables with weights. The other sections describe the subjects.

import type { ResultTable, TableName } from '../../interpretation/index.js';
import type { ReportInput } from '../input.js';
import { markup, type Part } from './markup.js';
import { resultNotes, resultRows } from './result-table.js';
import { notice, type Section } from './section.js';

/** The tables of the section. */
export const SURVEY_TABLES = [
  'survey-links',
  'survey-outcomes',
  'survey-survival',
  'survey-means',
] as const satisfies readonly TableName[];

/** Maximum number of rows of a table. */
const MAX_ROWS = 100;

/** Returns undefined for a study without sampling design. */
export function surveySection({ tables = {} }: ReportInput): Section | undefined {
  const known = SURVEY_TABLES.flatMap((name) => tables[name] ?? []);
  const refused = known.find((table) => 'refused' in table);
  // Most surveys have no outcome with a time and an event.
  const isShown = ({ name, rows }: ResultTable) => name !== 'survey-survival' || rows.length > 0;
  const shown = known.flatMap((table) => ('refused' in table || !isShown(table) ? [] : [table]));
  const shared = shown.flatMap(({ notes }) => notes).filter((note) => shown.every(({ notes }) => notes.includes(note)));
  const body = refused
    ? notice(markup`<p>${refused.refused}</p>`)
    : [
        markup`<p>${[...new Set(shared)].join(' ')}</p>`,
        ...shown.map((table) => part({ ...table, notes: table.notes.filter((note) => !shared.includes(note)) })),
      ];
  return known.length === 0 ? undefined : { id: 'survey', title: 'In the population of the survey', body };
}

function part(table: ResultTable): Part {
  const { name, title, rows } = table;
  return [
    markup`<h3 id="${name}">${title}</h3>`,
    rows.length === 0 ? markup`<p>No rows.</p>` : resultRows(table, rows.slice(0, MAX_ROWS)),
    rows.length > MAX_ROWS ? markup`<p>All rows: <code>interlatent table RUN ${name}</code>.</p>` : undefined,
    resultNotes(table),
  ];
}
