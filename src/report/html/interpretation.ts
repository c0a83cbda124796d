// What the latents explain: the heat map of variance explained, and the columns with the largest loadings.

import { ranked } from '../../interpretation/loadings-table.js';
import type { UnitLoadings } from '../../interpretation/loadings.js';
import type { ExplainedVariance } from '../../interpretation/variance.js';
import { verdictNotes } from '../../interpretation/units.js';
import { counted, decimals, percent } from '../../text/numbers.js';
import { labelOf } from '../facts/entries.js';
import { loadingsForest, loadingsText, shareText, unitTitle, varianceMap } from '../facts/interpretation.js';
import type { ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import { chartFigure, details, table, type Section } from './section.js';

/** Maximum number of columns in the table of a latent. */
const LISTED = 50;
/** Number of latents whose charts are not folded. */
const OPEN = 6;

/** Returns undefined without the data of the study. */
export function interpretationSection({ interpretation, subjects, summary }: ReportInput): Section | undefined {
  if (!interpretation || !subjects) return undefined;
  const { variance, loadings } = interpretation;
  const modalities = summary.columns.map(({ name }) => name);
  const isAcross = variance.some(({ from, to }) => from !== to);
  const units = [...new Map(variance.flatMap(({ unit }) => (unit ? [[unit.name, unit] as const] : []))).values()];
  return {
    id: 'variance',
    title: 'What the latents explain',
    body: [
      markup`<p>The share of the variance that each latent explains in the columns of each modality, in subjects on whom
      the model was not trained. Within its modality, a latent is read from the same columns, so the share is what it
      rebuilds. ${
        isAcross
          ? 'In other modalities, the share is that of a regression on out-of-fold latents, which is 0 or slightly ' +
            'below without an association.'
          : 'Shares in other modalities are missing, because they need out-of-fold latents and another modality.'
      }</p>`,
      chartFigure(['heatMap', varianceMap(variance, modalities)], {
        name: 'variance explained',
        caption: 'Rows are latents, columns are modalities. The share of a latent alone; all latents in bold.',
      }),
      details('Variance explained: all figures', varianceTable(variance)),
      ...(loadings.length === 0
        ? []
        : [
            markup`<h3 id="loadings">Loadings</h3>
<p>What +1 standard deviation of a latent does to the columns of its modality. A point with a line is the slope over
refits with its 90 % interval, where the fit was tested: each half of the subjects is encoded by a model of the other
half. A tick is the effect of the decoder, averaged over held-out subjects.</p>`,
          ]),
      ...loadings.slice(0, OPEN).flatMap((one) => loadingsPart(one, modalities, subjects)),
      ...(loadings.length > OPEN
        ? [
            details(
              `Loadings of ${counted(loadings.length - OPEN, 'more latent')}`,
              loadings.slice(OPEN).flatMap((one) => loadingsPart(one, modalities, subjects)),
            ),
          ]
        : []),
      ...verdictNotes(units).map((note) => markup`<p class="muted">${note}</p>`),
    ],
  };
}

function varianceTable(variance: readonly ExplainedVariance[]): Markup {
  return table({
    caption: 'Variance explained by each latent',
    columns: [
      { title: 'Latent' },
      { title: 'Columns of' },
      { title: 'Alone (90 % interval)', numeric: true },
      { title: 'Unique (90 % interval)', numeric: true },
      { title: 'Subjects', numeric: true },
    ],
    rows: variance.map(({ unit, from, to, r2, unique, subjects }) => [
      ...[unitTitle(unit, from), to, shareText(r2), unique ? shareText(unique) : '–', String(subjects)],
    ]),
  });
}

function loadingsPart(
  one: UnitLoadings,
  modalities: readonly string[],
  subjects: NonNullable<ReportInput['subjects']>,
): Markup[] {
  const { unit, columns } = one;
  const forest = loadingsForest(one, modalities, subjects);
  if (forest.rows.length === 0) return [];
  const listed = ranked(columns).slice(0, LISTED);
  return [
    chartFigure(['forest', forest], {
      name: forest.title.toLowerCase(),
      caption: loadingsText(one, forest),
    }),
    details(
      forest.title,
      table({
        caption: `${forest.title}${columns.length > LISTED ? `, the ${LISTED} largest` : ''}`,
        columns: [
          { title: 'Column' },
          ...['Effect', 'Slope over refits', '90 % interval', 'Not linear'].map((title) => ({ title, numeric: true })),
        ],
        rows: listed.map(({ column, effect, slope, nonlinear }) => [
          labelOf(subjects, unit.modality, column),
          decimals(effect),
          slope ? decimals(slope.estimate) : '–',
          slope ? `${decimals(slope.lower)} to ${decimals(slope.upper)}` : '–',
          percent(nonlinear),
        ]),
      }),
    ),
  ];
}
