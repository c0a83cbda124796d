// The table of loadings: the columns of each latent, those with the largest effects first.

import type { InterpretationInput } from './input.js';
import { loadingsOf, type Loading, type UnitLoadings } from './loadings.js';
import { resultTable, type ResultTable } from './result-table.js';
import { verdictNotes } from './units.js';

/** Returns one row for each latent or block and column of its modality. */
export async function loadingsTable(input: InterpretationInput): Promise<ResultTable> {
  return tableOfLoadings(await loadingsOf(input));
}

export function tableOfLoadings(all: readonly UnitLoadings[]): ResultTable {
  const hasSlopes = all.some(({ columns }) => columns.some(({ slope }) => slope));
  return resultTable({
    name: 'loadings',
    keys: 3,
    title: 'Loadings: effect of +1 sd of a latent on the columns of its modality',
    columns: [
      { name: 'latent', kind: 'text', description: 'latent or block' },
      { name: 'rank', kind: 'number', description: 'rank of the column by the size of the effect' },
      { name: 'column', kind: 'text', description: 'column of the modality' },
      { name: 'effect', kind: 'number', description: 'effect on the decoded column, in its standard deviations' },
      { name: 'slope', kind: 'number', description: 'mean slope of the column over refits, per sd of the latent' },
      { name: 'lower', kind: 'number', description: 'lower limit of the 90 % interval of slope' },
      { name: 'upper', kind: 'number', description: 'upper limit of the 90 % interval of slope' },
      { name: 'nonlinear', kind: 'number', description: 'share of the effect that is not linear' },
      { name: 'sign', kind: 'text', description: '+ or −; empty for a block, which has no sign' },
      { name: 'modality', kind: 'text', description: 'modality of latent and column' },
      { name: 'verdict', kind: 'text', description: 'component, block, not-replicated, or untested' },
    ],
    rows: all.flatMap(({ unit, columns }) =>
      ranked(columns).map(({ column, effect, nonlinear, slope }, i) => [
        ...[unit.name, i + 1, column, effect, slope?.estimate, slope?.lower, slope?.upper, nonlinear],
        ...[unit.isBlock || !(Math.abs(effect) > 0) ? null : effect > 0 ? '+' : '−', unit.modality, unit.verdict],
      ]),
    ),
    notes: [
      'The effect is that of the decoder, averaged over held-out subjects. Other latents of the modality stay.',
      hasSlopes
        ? 'Slope and interval are from refits: a model of each half of the subjects encodes the other half, where ' +
          'the column is regressed on all latents of the modality. Intervals cover 90 % of single slopes, not of all ' +
          'slopes together.'
        : 'There are no slopes and intervals, because the RUN has no refits (folds.csv).',
      ...verdictNotes(all.map(({ unit }) => unit)),
    ],
  });
}

/** Returns the columns by |effect|, the largest first; unknown effects are last. */
export function ranked(columns: readonly Loading[]): Loading[] {
  const size = ({ effect }: Loading): number => (Number.isNaN(effect) ? -1 : Math.abs(effect));
  return [...columns].sort((a, b) => size(b) - size(a));
}
