// The heat map of gene sets: sets with the smallest q first, a column for each latent and block.

import type { ResultTable } from '../../interpretation/index.js';
import { pText } from '../../text/numbers.js';
import type { HeatMapCell, HeatMapFigures } from '../charts/heat-map-chart.js';
import { rowsOf, type NamedRow } from './named-rows.js';

/** Maximum number of sets in the figure. */
const MAX_SETS = 20;
/** −log₁₀ q of the darkest square. */
const DARKEST = 4;
/** Maximum q of a set that a latent is said to raise or lower. */
export const MAX_SET_Q = 0.05;
const ARROWS: Readonly<Record<string, string>> = { up: ' ↑', down: ' ↓' };

/** Returns the figure of the table `enrichment`; undefined if no set was tested. */
export function geneSetMap(table: ResultTable): HeatMapFigures | undefined {
  const rows = rowsOf(table).filter((row) => row.number('q') !== null);
  if (rows.length === 0) return undefined;
  const best = new Map<string, number>();
  for (const row of rows) best.set(row.text('set'), Math.min(row.number('q')!, best.get(row.text('set')) ?? 1));
  const sets = [...best].sort(([, a], [, b]) => a - b).slice(0, MAX_SETS);
  const latents = [...new Set(rows.map((row) => row.text('latent')))];
  const isSigned = rows.some((row) => row.text('direction') in ARROWS);
  return {
    title: 'Gene sets among the loadings',
    measure: `q of the set${isSigned ? '; ↑: the genes rise with the latent, ↓: they fall' : ''}`,
    columns: latents.map((name) => ({ name: titleOf(rows.find((row) => row.text('latent') === name)!) })),
    rows: sets.map(([name]) => ({
      name,
      cells: latents.map((latent) => {
        const row = rows.find((one) => one.text('set') === name && one.text('latent') === latent);
        return row ? cellOf(row) : null;
      }),
    })),
    max: DARKEST,
  };
}

function titleOf(row: NamedRow): string {
  return `${row.text('latent')}${row.text('verdict') === 'not-replicated' ? ' (not replicated)' : ''}`;
}

function cellOf(row: NamedRow): HeatMapCell {
  const q = row.number('q')!;
  const text = `${pText(q)}${ARROWS[row.text('direction')] ?? ''}`;
  return { value: -Math.log10(Math.max(q, Number.MIN_VALUE)), text };
}
