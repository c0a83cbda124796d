// Whether a second cohort looks like the subjects that trained the model. If its people or its measurements differ, a
// result that is not replicated may be due to the difference.

import type { ModalityScales, ObservedValues } from '../data/dataset.js';
import { isMeasured } from '../data/kinds.js';
import { columnAt, valuesPerSubject } from '../data/regular-array.js';
import { selectSubjects } from '../data/select-rows.js';
import { meanAndSd } from '../metrics/vectors.js';
import type { Warning } from '../quality/index.js';
import { decimals, listed, percent, signed } from '../text/numbers.js';
import type { RunSummary } from '../training/run-folder.js';

/** Location and spread in units of the training subjects, whose mean is 0 and standard deviation 1. */
export interface Shift {
  readonly name: string;
  readonly mean: number;
  readonly sd: number;
}

/** How a modality of the second cohort differs from that of the training subjects. */
export interface ModalityShift {
  readonly modality: string;
  /** Number of subjects that have the modality. */
  readonly subjects: number;
  readonly latents: readonly Shift[];
  /** Columns that are numbers, the most shifted first. */
  readonly columns: readonly Shift[];
  /** Root mean square error of the reconstruction, in units of that of the validation subjects: 1 if it is the same. */
  readonly error: number;
  /** Share of latents outside the middle 98 % of the training subjects: 0.02 if they have the same distribution. */
  readonly outside: number;
  /** What differs notably. */
  readonly differences: readonly ShiftKind[];
}

/** `latents`: their location, spread or extremes. `error`: the columns are not related as in training. */
export type ShiftKind = 'latents' | 'error';

/** Notable differences: of means, ratios of standard deviations and of errors, and shares of extremes. */
const NOTABLE_MEAN = 0.3;
const NOTABLE_RATIO = 1.25;
const NOTABLE_OUTSIDE = 0.05;
/** Number of standard errors by which a difference must exceed its bound. */
const CLEAR = 2;

interface ShiftInput {
  readonly scales: ModalityScales;
  /** Position of the modality in the model. */
  readonly position: number;
  /** Values on the scales of the model, subjects × columns. */
  readonly values: ObservedValues;
  /** Evenly spread subjects, and the reconstructions of their values. */
  readonly sample: Int32Array;
  readonly reconstruction: Float32Array;
  /** Latents, subjects × latents. */
  readonly latents: Float32Array;
  /** 1 for subjects that have the modality. */
  readonly present: Uint8Array;
}

/** Returns how one modality differs. */
export function modalityShift(
  { ranges, model }: Pick<RunSummary, 'ranges' | 'model'>,
  input: ShiftInput,
): ModalityShift {
  const { scales, position, latents, present } = input;
  const rows = [...present.keys()].filter((row) => present[row] === 1);
  const before = model.modalities.slice(0, position).reduce((sum, modality) => sum + modality.latents, 0);
  const width = model.modalities[position].latents;
  const ofLatents = Array.from({ length: width }, (_, i) => {
    const range = ranges.latents[before + i];
    const values = rows.map((row) => latents[row * width + i]);
    const { mean, sd } = meanAndSd(values);
    const unit = range.sd > 0 ? range.sd : 1;
    const outside = values.filter((value) => value < range.low || value > range.high).length;
    return {
      shift: { name: `${scales.name}.z${i + 1}`, mean: (mean - range.mean) / unit, sd: sd / unit },
      outside: outside / Math.max(1, rows.length),
    };
  });
  const { columns, error } = columnsOf(ranges.noise[position], input);
  const outside = ofLatents.reduce((sum, one) => sum + one.outside, 0) / width;
  const shifts = ofLatents.map(({ shift }) => shift);
  const chance = CLEAR / Math.sqrt(Math.max(1, rows.length));
  const isMoved = shifts.some(
    ({ mean, sd }) =>
      Math.abs(mean) > NOTABLE_MEAN + chance || Math.abs(Math.log(sd)) > Math.log(NOTABLE_RATIO) + chance,
  );
  const differences: ShiftKind[] = [
    ...(isMoved || outside > NOTABLE_OUTSIDE + chance * Math.sqrt(NOTABLE_OUTSIDE) ? (['latents'] as const) : []),
    ...(error > NOTABLE_RATIO * (1 + chance) ? (['error'] as const) : []),
  ];
  return { modality: scales.name, subjects: rows.length, latents: shifts, columns, error, outside, differences };
}

function columnsOf(
  noise: readonly number[],
  { scales, values: all, sample, reconstruction, present }: ShiftInput,
): Pick<ModalityShift, 'columns' | 'error'> {
  const size = valuesPerSubject(scales);
  const { values, observed } = selectSubjects(all, size, sample);
  const sums = scales.columns.map(() => ({ count: 0, sum: 0, square: 0, error: 0 }));
  for (let at = 0; at < values.length; at++) {
    if (observed?.[at] === 0 || present[sample[Math.floor(at / size)]] === 0) continue;
    const of = sums[columnAt(scales, at)];
    of.count++;
    of.sum += values[at];
    of.square += values[at] ** 2;
    of.error += (values[at] - reconstruction[at]) ** 2;
  }
  // Sums, because the errors of rare levels are nearly 0 and their ratios have no meaning.
  const known = sums.flatMap((of, c) => (of.count > 0 ? [{ actual: of.error / of.count, usual: noise[c] ** 2 }] : []));
  const [actual, usual] = [known.map((one) => one.actual), known.map((one) => one.usual)].map((values) =>
    values.reduce((sum, value) => sum + value, 0),
  );
  const columns = sums.flatMap(({ count, sum, square }, c): Shift[] => {
    if (count === 0 || !isMeasured(scales.columns[c].kind)) return [];
    const mean = sum / count;
    return [{ name: scales.columns[c].name, mean, sd: Math.sqrt(Math.max(0, square / count - mean ** 2)) }];
  });
  const distance = ({ mean, sd }: Shift) => Math.max(Math.abs(mean), Math.abs(Math.log(Math.max(1e-3, sd))));
  return {
    columns: columns.sort((a, b) => distance(b) - distance(a)),
    error: usual > 0 ? Math.sqrt(actual / usual) : 1,
  };
}

/** Returns a warning about modalities that differ from training; none if all are alike. */
export function shiftWarnings(shifts: readonly ModalityShift[]): Warning[] {
  const shifted = shifts.filter(({ differences }) => differences.length > 0);
  if (shifted.length === 0) return [];
  return [
    {
      code: 'shifted-cohort',
      text:
        `The second cohort differs from the training subjects in ${listed(shifted.map(({ modality }) => modality))}. ` +
        'Its people may differ, or its measurements. Not replicated is then ambiguous: the result may be false, or ' +
        'the latents may not mean the same here.',
      items: shifted.map(shiftText),
    },
  ];
}

/** Returns what differs in a modality. */
function shiftText({ modality, latents, error, outside, differences }: ModalityShift): string {
  const moved = latents
    .filter(({ mean, sd }) => Math.abs(mean) > NOTABLE_MEAN || Math.abs(Math.log(sd)) > Math.log(NOTABLE_RATIO))
    .map(({ name, mean, sd }) => `${name} has the mean ${signed(mean, decimals)} and the sd ${decimals(sd)}`);
  const parts = [
    ...(differences.includes('latents') ? [...moved, `${percent(outside)} outside the middle 98 %`] : []),
    ...(differences.includes('error')
      ? [`the reconstruction error is ${decimals(error)} times that of validation subjects`]
      : []),
  ];
  return `${modality}: ${parts.join('; ')}`;
}
