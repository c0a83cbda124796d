// The figures of the forest plot of observed causes: the effects that held-out subjects support.

import { isCauseFound, type CauseConclusion, type CauseConclusions } from '../../conclusions/index.js';
import type { RunSummary } from '../../training/run-summary.js';
import type { ForestFigures, ForestRow } from '../charts/forest-chart.js';

/** Maximum number of rows of the drawing. */
export const MAX_FOREST_ROWS = 24;

type Summary = Pick<RunSummary, 'model' | 'causes'>;

/** Returns the figures; a curve has a row per value. Undefined if no effect with an interval is supported. */
export function causeForest(
  summary: Summary,
  { effects }: Pick<CauseConclusions, 'effects'>,
  title: string = 'Differences of latents from the reference',
): ForestFigures | undefined {
  const supported = effects.filter(isCauseFound);
  const rows = supported.flatMap((effect) => rowsOf(summary, effect)).slice(0, MAX_FOREST_ROWS);
  if (rows.length === 0) return undefined;
  return {
    title,
    axis: 'difference in sd, and its 95 % interval',
    description: 'Differences of held-out subjects from the reference.',
    ends: [-0.5, 0.5],
    rows: withHeadings(rows),
  };
}

interface CauseRow extends Omit<ForestRow, 'heading'> {
  readonly group: string;
}

function rowsOf({ model, causes = [] }: Summary, effect: CauseConclusion): CauseRow[] {
  const { cause, level, latent, modality, verdict, curve, meaning } = effect;
  const shared = {
    modalities: [model.modalities.findIndex(({ name }) => name === modality)],
    supported: verdict === 'supported',
    words: verdict === 'supported' ? `${meaning} supported` : 'of its spread only',
  };
  if (level === undefined && curve) {
    const { reference } = causes.find(({ name }) => name === cause)!;
    const compared = curve.filter(({ value }) => value !== reference);
    return compared.map(({ value, ...interval }) => ({
      ...shared,
      group: `${cause} and ${latent}`,
      title: `${cause} = ${shortNumber(value)}`,
      interval,
    }));
  }
  if (effect.effect === undefined) return [];
  const group = level === undefined ? `${cause}, per sd` : cause;
  return [{ ...shared, group, title: `${level === undefined ? '' : `${level}: `}${latent}`, interval: effect.effect }];
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(3))).replace('-', '−');
}

/** Sorts rows by group and gives the first row of each group a heading. */
function withHeadings(rows: readonly CauseRow[]): ForestRow[] {
  const groups = [...new Set(rows.map(({ group }) => group))];
  return groups.flatMap((wanted) =>
    rows
      .filter(({ group }) => group === wanted)
      .map(({ group, ...row }, k): ForestRow => ({ ...row, ...(k === 0 && { heading: group }) })),
  );
}
