// The section on gene sets: the sets with a small q, and all tested sets in a folded table.

import type { ResultTable } from '../../interpretation/index.js';
import { counted } from '../../text/numbers.js';
import { geneSetMap, MAX_SET_Q } from '../facts/gene-sets.js';
import type { ReportInput } from '../input.js';
import { markup, type Part } from './markup.js';
import { resultNotes, resultRows } from './result-table.js';
import { chartFigure, details, notice, type Section } from './section.js';

/** Maximum number of rows of each table. A file of `interlatent table` has all rows. */
const MAX_ROWS = 200;

/** Returns the section, or undefined if no sets were passed. */
export function enrichmentSection({ tables: { enrichment } = {} }: ReportInput): Section | undefined {
  if (enrichment === undefined) return undefined;
  const body =
    'refused' in enrichment ? notice(markup`<p>${enrichment.refused}</p>`, 'warning') : testedSets(enrichment);
  return { id: 'gene-sets', title: 'Gene sets', body };
}

function testedSets(tested: ResultTable): Part {
  const q = tested.columns.findIndex(({ name }) => name === 'q');
  const supported = tested.rows.filter((row) => row[q] !== null && Number(row[q]) <= MAX_SET_Q);
  const verb = supported.length === 1 ? 'has' : 'have';
  const omitted = tested.rows.length - MAX_ROWS;
  const rest =
    omitted > 0
      ? markup`<p>${counted(omitted, 'more row')}: see <code>interlatent table RUN enrichment
    --out FILE.csv</code>.</p>`
      : undefined;
  const figures = geneSetMap(tested);
  return [
    figures &&
      chartFigure(['heatMap', figures], {
        name: 'gene sets',
        caption:
          'Sets with the smallest q first, columns are latents. The stronger the colour, the smaller q. –: not tested.',
      }),
    supported.length === 0
      ? markup`<p>No test has q ≤ ${MAX_SET_Q}.</p>`
      : [
          markup`<p>${supported.length} of ${counted(tested.rows.length, 'test')} ${verb} q ≤ ${MAX_SET_Q}.</p>`,
          resultRows(tested, supported.slice(0, MAX_ROWS)),
        ],
    resultNotes(tested),
    tested.rows.length > 0 && details('All tested sets', [resultRows(tested, tested.rows.slice(0, MAX_ROWS)), rest]),
  ].filter((part) => part !== false);
}
