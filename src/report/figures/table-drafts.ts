// Figures of the result tables of a fit (src/interpretation): what latents explain, their loadings, and outcomes.

import type { ResultTable } from '../../interpretation/index.js';
import { count, listed, percent, pText } from '../../text/numbers.js';
import { forestChart, type ForestFigures, type ForestRow } from '../charts/forest-chart.js';
import { heatMapChart } from '../charts/heat-map-chart.js';
import type { Draft, FiguresInput } from './draft.js';
import { fileName, rowsOf, sentences, type NamedRow } from './named-rows.js';

/** Names of the tables that have figures. */
export const DRAWN_TABLES = ['variance', 'loadings', 'outcomes'] as const;

/** Result tables by name. Those that the fit or the study cannot have are missing. */
export type DrawnTables = Readonly<Partial<Record<(typeof DRAWN_TABLES)[number], ResultTable>>>;

/** Maximum number of columns of a latent, and of rows of other forest plots. */
const MAX_LOADINGS = 10;
const MAX_ROWS = 30;
/** Minimum width of the intervals of a forest plot, in pixels. */
const MIN_PLOT = 90;

const VERDICTS: Readonly<Record<string, string>> = { block: ' (block)', 'not-replicated': ' (not replicated)' };

/** Returns the figures of the tables. */
export function tableFigures({ summary }: FiguresInput, tables: DrawnTables): Draft[] {
  const modalities = summary.model.modalities.map(({ name }) => name);
  const { variance, loadings, outcomes } = tables;
  return [
    ...(variance ? varianceFigure(variance, modalities) : []),
    ...(loadings ? loadingFigures(loadings) : []),
    ...(outcomes ? outcomeFigures(outcomes, modalities) : []),
  ];
}

function varianceFigure(table: ResultTable, modalities: readonly string[]): Draft[] {
  const rows = rowsOf(table);
  const columns = modalities.filter((name) => rows.some((row) => row.text('columns-of') === name));
  // All latents of a modality with a single one are this one.
  const names = modalities.flatMap((modality) => {
    const latents = rows.filter((row) => row.text('latents-of') === modality).map((row) => row.text('latent'));
    const units = [...new Set(latents)];
    return units.length === 2 ? units.slice(0, 1) : units;
  });
  const figures = names.map((name) => {
    const ofLatent = rows.filter((row) => row.text('latent') === name);
    const values = columns.map(
      (column) => ofLatent.find((row) => row.text('columns-of') === column)?.number('r2') ?? null,
    );
    return {
      name: `${name}${VERDICTS[ofLatent[0].text('verdict')] ?? ''}`,
      modality: modalities.indexOf(ofLatent[0].text('latents-of')),
      values,
      texts: values.map((value) => (value === null ? '–' : percent(value))),
    };
  });
  if (figures.length === 0) return [];
  const max = Math.max(0, ...figures.flatMap(({ values }) => values.flatMap((value) => value ?? [])));
  const measure = 'explained share of the variance in held-out subjects';
  return [
    {
      name: 'variance',
      title: 'Variance explained by each latent',
      finding: 'described',
      caption: sentences('Rows: latents. Columns: modalities whose columns they explain.', ...table.notes),
      drawing: (width) => heatMapChart({ title: table.title, measure, columns, rows: figures, max }, width),
    },
  ];
}

function loadingFigures(table: ResultTable): Draft[] {
  const rows = rowsOf(table);
  const latents = [...new Set(rows.map((row) => row.text('latent')))];
  return latents.map((latent): Draft => {
    const all = rows.filter((row) => row.text('latent') === latent);
    const shown = all.filter((row) => (row.number('rank') ?? Infinity) <= MAX_LOADINGS);
    const hasSlopes = shown.some((row) => row.number('lower') !== null);
    const verdict = VERDICTS[all[0].text('verdict')] ?? '';
    const figures: ForestFigures = {
      title: `Loadings of ${latent}`,
      axis: hasSlopes ? 'slope in sd per sd, and its 90 % interval' : 'effect of +1 sd, in sd of the column',
      description: 'Columns with the largest effects.',
      ends: [0, 0],
      minPlot: MIN_PLOT,
      rows: shown.flatMap((row): ForestRow[] => {
        const estimate = row.number(hasSlopes ? 'slope' : 'effect');
        if (estimate === null) return [];
        const [lower, upper] = [row.number('lower'), row.number('upper')];
        const isPoint = lower === null || upper === null;
        return [
          {
            title: row.text('column'),
            modalities: [],
            interval: { estimate, lower: lower ?? estimate, upper: upper ?? estimate },
            isPoint,
            supported: isPoint || lower > 0 || upper < 0,
            words: isPoint ? 'no interval' : lower > 0 || upper < 0 ? 'interval without 0' : 'interval with 0',
          },
        ];
      }),
    };
    const which = all.length > shown.length ? `The ${shown.length} of ${count(all.length)} columns` : 'Columns';
    return {
      name: fileName(`loadings-${latent}`),
      title: `Loadings of ${latent}${verdict}`,
      finding: 'described',
      caption: sentences(
        `${which} with the largest effects of ${latent}.${hasSlopes ? ' Hollow: the interval contains 0.' : ''}`,
        ...table.notes,
      ),
      drawing: (width) => forestChart(figures, width),
    };
  });
}

/** Measures that are shares of variance. Correlations and hazard ratios have figures in the report. */
const SHARES = /η²|R²|1 − Λ/;

/** Outcomes with levels, and joint tests of blocks. */
function outcomeFigures(table: ResultTable, modalities: readonly string[]): Draft[] {
  const rows = rowsOf(table).filter((row) => SHARES.test(row.text('measure')) && row.number('estimate') !== null);
  if (rows.length === 0) return [];
  const shown = withSmallestP(rows);
  const measures = [...new Set(shown.map((row) => row.text('measure')))];
  const figures: ForestFigures = {
    title: 'Latents and outcomes: shares of variance',
    axis: listed(measures),
    description: 'Out-of-fold latents and outcomes.',
    ends: [0, 0.5],
    minPlot: MIN_PLOT,
    rows: shown.map((row, k) => outcomeRow(row, shown[k - 1], modalities)),
  };
  const left = rows.length - shown.length;
  const isShown = rows.some(isAssociated);
  return [
    {
      name: 'outcomes-shares',
      title: figures.title,
      finding: isShown ? 'shown' : 'none',
      caption: sentences(
        isShown
          ? 'Filled: associated at a false discovery rate of 5 %. Hollow: no association was found.'
          : 'No association was found at a false discovery rate of 5 %.',
        ...(left > 0 ? [`${count(left)} results with larger p are not shown.`] : []),
        ...table.notes,
      ),
      drawing: (width) => forestChart(figures, width),
    },
  ];
}

const isAssociated = (row: NamedRow): boolean => row.text('result') === 'associated';

/** Returns the rows with the smallest p, in the order of the table. */
function withSmallestP(rows: readonly NamedRow[]): NamedRow[] {
  const sorted = [...rows].sort((a, b) => (a.number('p') ?? 1) - (b.number('p') ?? 1)).slice(0, MAX_ROWS);
  return rows.filter((row) => sorted.includes(row));
}

/** @param before the row above; undefined for the first one */
function outcomeRow(row: NamedRow, before: NamedRow | undefined, modalities: readonly string[]): ForestRow {
  const [outcome, latent] = [row.text('outcome'), row.text('latent')];
  const [estimate, lower, upper] = ['estimate', 'lower', 'upper'].map((name) => row.number(name));
  return {
    ...(before?.text('outcome') !== outcome && { heading: outcome }),
    title: `${latent}${VERDICTS[row.text('verdict')] ?? ''}`,
    modalities: [modalities.indexOf(latent.slice(0, latent.lastIndexOf('.z')))],
    interval: { estimate: estimate!, lower: lower ?? estimate!, upper: upper ?? estimate! },
    isPoint: lower === null || upper === null,
    supported: isAssociated(row),
    words: `${isAssociated(row) ? 'associated' : 'not associated'}, q ${pText(row.number('q') ?? undefined)}`,
  };
}
