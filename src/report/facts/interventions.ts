// The effects of intervening on one latent: the data in the page, and the rows of the chart.

import type { GridLatent, Reached } from '../../questions/intervention-grid.js';
import type { ReportInput } from '../input.js';
import type { EffectRow } from './effects.js';
import { labelOf } from './entries.js';

export interface LatentConsequences {
  readonly name: string;
  /** At each step, true if the value is beyond the training data. */
  readonly beyond: readonly boolean[];
  readonly rows: readonly ConsequenceRow[];
}

/** A latent or column downstream, in its units. `low` to `high` is the range of the middle 90 % of subjects. */
export interface ConsequenceRow {
  readonly label: string;
  /** Position of its modality. */
  readonly m: number;
  /** Mean and standard deviation without the intervention. */
  readonly rest: number;
  readonly sd: number;
  /** Values at each step. */
  readonly mean: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

export function consequencesOf(latent: GridLatent, input: ReportInput): LatentConsequences {
  const modalities = input.summary.model.modalities.map(({ name }) => name);
  const few = (value: number): number => Number(value.toPrecision(4));
  const rows = latent.reached.map((one): ConsequenceRow => ({
    label: reachedLabel(one, latent, input),
    m: modalities.indexOf(one.modality),
    rest: few(one.before.mean),
    sd: few(one.before.sd),
    mean: one.after.map(({ mean }) => few(mean)),
    low: one.after.map(({ low }) => few(low)),
    high: one.after.map(({ high }) => few(high)),
  }));
  return { name: latent.name, beyond: latent.beyond, rows };
}

/**
 * Returns the name of a latent, or the label of a column, with its modality unless that is the one of the set latent.
 */
export function reachedLabel(
  { kind, name, modality }: Pick<Reached, 'kind' | 'name' | 'modality'>,
  latent: Pick<GridLatent, 'modality'>,
  { subjects }: ReportInput,
): string {
  if (kind === 'latent') return name;
  const column = labelOf(subjects ?? {}, modality, name.slice(modality.length + 1));
  return modality === latent.modality ? column : `${column} · ${modality}`;
}

export function consequenceRows({ rows }: LatentConsequences): EffectRow[] {
  return rows.map(({ label, m, rest, sd, mean, low, high }) => {
    const shift = (value: number): number => (value - rest) / (sd || 1);
    return {
      label,
      m,
      rest,
      value: mean,
      shift: mean.map(shift),
      spread: low.map((value, step): [number, number] => [shift(value), shift(high[step])]),
    };
  });
}
