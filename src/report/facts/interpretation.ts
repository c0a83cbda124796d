// Figures of what latents explain: the heat map of explained variance, and the loadings of each latent.

import { ranked } from '../../interpretation/loadings-table.js';
import type { UnitLoadings } from '../../interpretation/loadings.js';
import type { LatentUnit } from '../../interpretation/units.js';
import { allOf } from '../../interpretation/variance-table.js';
import type { ExplainedVariance } from '../../interpretation/variance.js';
import { decimals, percent, percentWithin } from '../../text/numbers.js';
import type { ForestFigures, ForestRow } from '../charts/forest-chart.js';
import type { HeatMapCell, HeatMapFigures } from '../charts/heat-map-chart.js';
import type { ReportSubjects } from '../input.js';
import { labelOf } from './entries.js';

/** Maximum number of columns of a latent in a figure. */
const MAX_COLUMNS = 10;

/** Returns the heat map of explained variance: the units of each modality, and then all its latents. */
export function varianceMap(variance: readonly ExplainedVariance[], modalities: readonly string[]): HeatMapFigures {
  const cellOf = (from: string, unit: LatentUnit | undefined, to: string): HeatMapCell | null => {
    const known = variance.find((one) => one.from === from && one.to === to && one.unit?.name === unit?.name);
    if (!known || Number.isNaN(known.r2.estimate)) return null;
    return { value: known.r2.estimate, text: percent(known.r2.estimate), words: shareText(known.r2) };
  };
  const rows = modalities.flatMap((from, modality) => {
    const within = variance.filter((one) => one.from === from && one.to === from);
    // All latents of a modality with a single one are this one.
    const shown = within.length === 2 ? within.filter(({ unit }) => unit) : within;
    return shown.map(({ unit }) => ({
      ...{ name: unitTitle(unit, from), modality, isTotal: unit === undefined },
      cells: modalities.map((to) => cellOf(from, unit, to)),
    }));
  });
  return {
    title: 'Variance explained by each latent',
    measure: 'share of the variance in held-out subjects',
    columns: modalities.map((name, modality) => ({ name, modality })),
    rows,
    max: Math.max(0, ...rows.flatMap(({ cells }) => cells.map((one) => one?.value ?? 0))),
  };
}

/** Returns the name of a unit with its verdict, or that of all latents of a modality. */
export function unitTitle(unit: LatentUnit | undefined, modality: string): string {
  if (!unit) return allOf(modality);
  return unit.verdict === 'not-replicated' ? `${unit.name} (not replicated)` : unit.name;
}

/** Returns a share with its interval, if that is known. */
export function shareText({ estimate, lower, upper }: ExplainedVariance['r2']): string {
  return Number.isNaN(lower) ? percent(estimate) : percentWithin(estimate, [lower, upper]);
}

/**
 * Returns the columns with the largest effects: the slope over refits with its interval, and the effect of the decoder
 * as a mark. Without refits, the effect of the decoder is the estimate.
 */
export function loadingsForest(
  { unit, columns }: UnitLoadings,
  modalities: readonly string[],
  subjects: Pick<ReportSubjects, 'labels'>,
): ForestFigures {
  const known = ranked(columns).filter(({ effect }) => !Number.isNaN(effect));
  const shown = known.slice(0, MAX_COLUMNS);
  const title = `Loadings of ${unitTitle(unit, unit.modality)}`;
  const hasSlopes = shown.some(({ slope }) => slope);
  return {
    title,
    axis: hasSlopes
      ? 'sd of the column per sd of the latent'
      : `${unit.isBlock ? 'size of the effect' : 'effect of +1 sd'}, in sd of the column`,
    description: 'Columns with the largest effects.',
    ends: [0, 0.1],
    minPlot: 90,
    rows: shown.map(({ column, effect, slope }): ForestRow => {
      const isSigned = !slope || slope.lower > 0 || slope.upper < 0;
      const decoder = `effect of the decoder ${decimals(effect)}`;
      return {
        title: labelOf(subjects, unit.modality, column),
        modalities: [modalities.indexOf(unit.modality)],
        interval: slope ?? { estimate: effect, lower: effect, upper: effect },
        isPoint: !slope,
        ...(slope && { mark: effect }),
        supported: isSigned,
        words: slope ? `${isSigned ? 'interval without 0' : 'interval with 0'}, ${decoder}` : decoder,
      };
    }),
  };
}

/** Returns what a reader of loadings must know: what is shown, and what hollow points and marks are. */
export function loadingsText({ unit, columns }: UnitLoadings, { rows }: ForestFigures): string {
  const which = columns.length > rows.length ? `the ${rows.length} of ${columns.length} columns` : 'the columns';
  return [
    `${unitTitle(unit, unit.modality)}: ${which} with the largest effects.`,
    ...(rows.some(({ isPoint }) => !isPoint)
      ? [
          'Point and line: slope over refits with its 90 % interval; hollow if it contains 0.',
          'Tick: effect of the decoder.',
        ]
      : []),
    ...(unit.isBlock ? ['A block has no axes, so that its effects have a size and no sign.'] : []),
  ].join(' ');
}
