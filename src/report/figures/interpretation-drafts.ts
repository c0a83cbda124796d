// Figures of what the latents mean: the variance that they explain, their loadings, and gene sets.

import { tableOfLoadings } from '../../interpretation/loadings-table.js';
import { tableOfVariance } from '../../interpretation/variance-table.js';
import { forestChart } from '../charts/forest-chart.js';
import { heatMapChart } from '../charts/heat-map-chart.js';
import { geneSetMap, MAX_SET_Q } from '../facts/gene-sets.js';
import { loadingsForest, loadingsText, unitTitle, varianceMap } from '../facts/interpretation.js';
import { rowsOf } from '../facts/named-rows.js';
import { fileName, notice, sentences, type Draft, type FiguresInput } from './draft.js';
import { COLUMNS } from './publication.js';

/** Number of characters of a name that leaves enough room for squares. */
const SHORT_NAME = 22;

/** Returns the figures; those whose data are missing are left out. */
export function interpretationFigures(input: FiguresInput): Draft[] {
  return [...variance(input), ...loadings(input), ...geneSets(input)];
}

function variance({ interpretation, summary }: FiguresInput): Draft[] {
  if (!interpretation || interpretation.variance.length === 0) return [];
  const figures = varianceMap(
    interpretation.variance,
    summary.model.modalities.map(({ name }) => name),
  );
  return [
    {
      name: 'variance',
      title: figures.title,
      finding: 'described',
      caption: sentences(
        'Rows: latents. Columns: modalities whose columns they explain.',
        ...tableOfVariance(interpretation.variance).notes,
      ),
      drawing: (width) => heatMapChart(figures, width),
    },
  ];
}

function loadings({ interpretation, summary, subjects }: FiguresInput): Draft[] {
  const modalities = summary.model.modalities.map(({ name }) => name);
  return (interpretation?.loadings ?? []).flatMap((one): Draft[] => {
    const figures = loadingsForest(one, modalities, { labels: subjects?.labels });
    if (figures.rows.length === 0) return [];
    return [
      {
        name: fileName(`loadings-${one.unit.name}`),
        title: `Loadings of ${unitTitle(one.unit, one.unit.modality)}${one.unit.isBlock ? ' (block)' : ''}`,
        finding: 'described',
        caption: sentences(loadingsText(one, figures), ...tableOfLoadings([one]).notes),
        drawing: (width) => forestChart(figures, width),
      },
    ];
  });
}

function geneSets({ tables }: FiguresInput): Draft[] {
  const table = tables?.enrichment;
  if (!table) return [];
  const draft = { name: 'gene-sets', title: 'Gene sets among the loadings' };
  if ('refused' in table) return [notice({ ...draft, finding: 'untested' }, table.refused)];
  const figures = geneSetMap(table);
  const untested = sentences('No gene set was tested.', ...table.notes);
  if (!figures) return [notice({ ...draft, finding: 'untested' }, untested)];
  const isFound = rowsOf(table).some((row) => (row.number('q') ?? 1) <= MAX_SET_Q);
  const isWide = figures.rows.some(({ name }) => Array.from(name).length > SHORT_NAME);
  return [
    {
      ...draft,
      finding: isFound ? 'shown' : 'none',
      caption: sentences(
        isFound ? `Sets with the smallest q first.` : `No test has q ≤ ${MAX_SET_Q}.`,
        'Darker: smaller q. A set without enough genes among the columns of a modality was not tested there (–).',
        ...table.notes,
      ),
      drawing: (width) => heatMapChart(figures, width),
      column: isWide ? COLUMNS.two : undefined,
    },
  ];
}
