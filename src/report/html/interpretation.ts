// What the latents explain: the heat map of variance explained, and the columns with the largest loadings.

import { ranked } from '../../interpretation/loadings-table.js';
import type { UnitLoadings } from '../../interpretation/loadings.js';
import { allOf } from '../../interpretation/variance-table.js';
import type { ExplainedVariance } from '../../interpretation/variance.js';
import { verdictNotes, type LatentUnit } from '../../interpretation/units.js';
import { counted, decimals, percent, percentWithin } from '../../text/numbers.js';
import type { LoadingsFigures } from '../charts/loadings-chart.js';
import type { VarianceCell, VarianceFigures } from '../charts/variance-chart.js';
import { labelOf } from '../facts/entries.js';
import type { ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import { chartFigure, details, table, type Section } from './section.js';

/** Maximum number of columns in the chart and in the table of a latent. */
const CHARTED = 8;
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
      chartFigure(['variance', varianceFigures(variance, modalities)], {
        name: 'variance explained',
        caption: 'Rows are latents, columns are modalities. The share of a latent alone; all latents in bold.',
      }),
      details('Variance explained: all figures', varianceTable(variance)),
      ...(loadings.length === 0
        ? []
        : [
            markup`<h3 id="loadings">Loadings</h3>
<p>What +1 standard deviation of a latent does to the columns of its modality. A point is the effect of the decoder,
averaged over held-out subjects. A line is the slope over refits with its 90 % interval, where the fit was tested: each
half of the subjects is encoded by a model of the other half.</p>`,
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

/** Returns the heat map: units of each modality, and then all its latents. */
export function varianceFigures(
  variance: readonly ExplainedVariance[],
  modalities: readonly string[],
): VarianceFigures {
  const cellOf = (from: string, unit: LatentUnit | undefined) =>
    modalities.map((to): VarianceCell | null => {
      const known = variance.find((one) => one.from === from && one.to === to && one.unit?.name === unit?.name);
      if (!known || Number.isNaN(known.r2.estimate)) return null;
      const { estimate: share, lower, upper } = known.r2;
      return { share, lower, upper };
    });
  const rows = modalities.flatMap((from, m) => {
    const within = variance.filter((one) => one.from === from && one.to === from);
    return within.map(({ unit }) => ({
      ...{ title: titleOf(unit, from), m, isTotal: unit === undefined, cells: cellOf(from, unit) },
    }));
  });
  return { modalities, rows };
}

function titleOf(unit: LatentUnit | undefined, from: string): string {
  return unit ? nameOf(unit) : allOf(from);
}

function nameOf({ name, verdict }: LatentUnit): string {
  return verdict === 'not-replicated' ? `${name} (not replicated)` : name;
}

function varianceTable(variance: readonly ExplainedVariance[]): Markup {
  const share = ({ estimate, lower, upper }: ExplainedVariance['r2']): string =>
    Number.isNaN(lower) ? percent(estimate) : percentWithin(estimate, [lower, upper]);
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
      ...[titleOf(unit, from), to, share(r2), unique ? share(unique) : '–', String(subjects)],
    ]),
  });
}

/** Returns the figures of the columns with the largest effects. */
export function loadingsFigures(
  { unit, columns }: UnitLoadings,
  modalities: readonly string[],
  labels: Pick<NonNullable<ReportInput['subjects']>, 'labels'>,
): LoadingsFigures {
  return {
    unit: nameOf(unit),
    m: modalities.indexOf(unit.modality),
    isBlock: unit.isBlock,
    rows: ranked(columns)
      .filter(({ effect }) => !Number.isNaN(effect))
      .slice(0, CHARTED)
      .map(({ column, effect, slope }) => ({
        ...{ column: labelOf(labels, unit.modality, column), effect, ...(slope && { slope }) },
      })),
  };
}

function loadingsPart(
  one: UnitLoadings,
  modalities: readonly string[],
  subjects: NonNullable<ReportInput['subjects']>,
): Markup[] {
  const { unit, columns } = one;
  const figures = loadingsFigures(one, modalities, subjects);
  if (figures.rows.length === 0) return [];
  const listed = ranked(columns).slice(0, LISTED);
  return [
    chartFigure(['loadings', figures], {
      name: `loadings of ${unit.name}`,
      caption:
        `${figures.unit}: the ${figures.rows.length} columns with the largest effects.` +
        (unit.isBlock ? ' A block has no axes, so that its effects have a size and no sign.' : ''),
    }),
    details(
      `Loadings of ${figures.unit}`,
      table({
        caption: `Loadings of ${figures.unit}${columns.length > LISTED ? `, the ${LISTED} largest` : ''}`,
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
