// Missing cells of modalities whose encoder knows of none, because nobody lacked one when the model was fitted. They
// are filled in before the encoder sees them: by what the fit's Gaussian expects of the modality's columns, then by
// what the decoder makes of that. Each modality by itself, so that its latents say nothing of the others.

import type { ModalityScales, ObservedValues } from '../data/dataset.js';
import { isMeasured } from '../data/kinds.js';
import { valueCount } from '../data/observation.js';
import { presenceOf } from '../data/presence.js';
import { consecutive, selectSubjects, subjectsOf } from '../data/select-rows.js';
import type { Gaussian } from '../linear/index.js';
import type { ModelConfig } from '../models/multimodal.js';

/** Encoded and decoded so often: once where a Gaussian came first, more from the columns' means on. */
const PASSES = 1;
const PASSES_FROM_MEANS = 4;

export interface GapFiller {
  readonly model: Pick<ModelConfig, 'modalities'>;
  /** Of the model's modalities, in its order. */
  readonly scales: readonly Pick<ModalityScales, 'columns'>[];
  /** Over the measured columns of all modalities; undefined where the fit has none. */
  readonly gaussian: () => Gaussian | undefined;
  /** x̂ of all modalities, rows × Σ columns. */
  readonly reconstruct: (values: readonly ObservedValues[], rows: number) => Promise<Float32Array>;
}

/**
 * Values with these cells filled in; their marks stay. Subjects without such cells keep their bits.
 * @param values per modality in the model's order, rows × columns
 */
export async function fillGaps(
  { model, scales, gaussian, reconstruct }: GapFiller,
  values: readonly ObservedValues[],
  rows: number,
): Promise<readonly ObservedValues[]> {
  const gaps = values.map((own, m) => gapsOf(model, own, m));
  const incomplete = consecutive(0, rows).filter((row) => gaps.some((own) => own[row] > 0));
  if (incomplete.length === 0) return values;
  const widths = model.modalities.map(({ observation }) => valueCount(observation));
  const known = values.map((own, m) => selectSubjects(own, widths[m], incomplete));
  const hasGap = known.map((own, m) => gapsOf(model, own, m));
  const moments = gaussian();
  let filled = moments ? known.map((own, m) => byGaussian(moments, scales, own, m, hasGap[m])) : known;
  for (let pass = 0; pass < (moments ? PASSES : PASSES_FROM_MEANS); pass++) {
    const rebuilt = await reconstruct(filled, incomplete.length);
    const width = rebuilt.length / incomplete.length;
    let first = 0;
    filled = known.map((own, m) => {
      const from = first;
      first += widths[m];
      return replaced(own, widths[m], hasGap[m], (row, column) => rebuilt[row * width + from + column]);
    });
  }
  return values.map((own, m) => {
    if (!gaps[m].some((count) => count > 0)) return own;
    const all = own.values.slice();
    incomplete.forEach((row, i) => {
      all.set(filled[m].values.subarray(i * widths[m], (i + 1) * widths[m]), row * widths[m]);
    });
    return { ...own, values: all };
  });
}

/**
 * Cells to be filled in of each subject: none where the encoder knows of masks, or the whole modality is missing.
 * @param own values of modality `m`, rows × columns
 */
export function gapsOf({ modalities }: Pick<ModelConfig, 'modalities'>, own: ObservedValues, m: number): Int32Array {
  const { observation } = modalities[m];
  const width = valueCount(observation);
  const gaps = new Int32Array(subjectsOf(own, width));
  const { observed } = own;
  if (!observed || observation.masked) return gaps;
  const present = presenceOf({ ...own, columns: { length: width } });
  observed.forEach((mark, at) => {
    const row = Math.floor(at / width);
    if (mark === 0) gaps[row] += present[row];
  });
  return gaps;
}

/** Missing measured cells by the modality's own part of the Gaussian; others stay at their columns' means. */
function byGaussian(
  gaussian: Gaussian,
  scales: GapFiller['scales'],
  own: ObservedValues,
  m: number,
  hasGap: Int32Array,
): ObservedValues {
  const measured = scales.map(({ columns }) => [...columns.keys()].filter((c) => isMeasured(columns[c].kind)));
  const columns = measured[m];
  if (columns.length === 0 || !own.observed) return own;
  const { observed } = own;
  const width = scales[m].columns.length;
  const rows = own.values.length / width;
  const before = measured.slice(0, m).reduce((sum, others) => sum + others.length, 0);
  const cell = (row: number, k: number): number => row * width + columns[k];
  const table = Array.from({ length: rows * columns.length }, (_, at) =>
    cell(Math.floor(at / columns.length), at % columns.length),
  );
  const said = gaussian.marginal(columns.map((_, k) => before + k)).conditional({
    samples: { values: Float64Array.from(table, (at) => own.values[at]), rows, columns: columns.length },
    observed: Uint8Array.from(table, (at) => observed[at]),
  });
  return replaced(own, width, hasGap, (row, c) => {
    const k = columns.indexOf(c);
    return k < 0 ? 0 : said.mean[row * columns.length + k];
  });
}

/** Missing cells of the rows that have some, as something else says. */
function replaced(
  { values, observed }: ObservedValues,
  width: number,
  hasGap: Int32Array,
  said: (row: number, column: number) => number,
): ObservedValues {
  if (!observed) return { values };
  const filled = values.map((value, at) => {
    const row = Math.floor(at / width);
    return observed[at] === 1 || hasGap[row] === 0 ? value : said(row, at % width);
  });
  return { values: filled, observed };
}
