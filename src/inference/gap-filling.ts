// Missing cells of modalities whose encoder has no mask, because the training data had no missing cells. They are
// filled before the encoder reads them: first with the conditional means under the Gaussian of the fit, then with the
// output of the decoder. Each modality is filled separately, so that its latents contain no information about other
// ones.

import type { ModalityScales, ObservedValues } from '../data/dataset.js';
import { isMeasured } from '../data/kinds.js';
import { valueCount } from '../data/observation.js';
import { presenceOf } from '../data/presence.js';
import { consecutive, selectSubjects, subjectsOf } from '../data/select-rows.js';
import type { Gaussian } from '../linear/index.js';
import type { ModelConfig } from '../networks/multimodal.js';

/** Number of passes through encoder and decoder: one after a Gaussian, more if the column means are the start. */
const PASSES = 1;
const PASSES_FROM_MEANS = 4;

export interface GapFiller {
  readonly model: Pick<ModelConfig, 'modalities'>;
  /** Scales of the modalities, in the order of the model. */
  readonly scales: readonly Pick<ModalityScales, 'columns'>[];
  /** Returns the Gaussian over the measured columns of all modalities; undefined if the fit has none. */
  readonly gaussian: () => Gaussian | undefined;
  /** Returns x̂ of all modalities, rows × Σ columns. */
  readonly reconstruct: (values: readonly ObservedValues[], rows: number) => Promise<Float32Array>;
}

/**
 * Returns the values with these cells filled. The marks do not change. Values of subjects without such cells are
 * identical.
 * @param values per modality in the model's order, rows × columns
 */
export async function fillGaps(
  { model, scales, gaussian, reconstruct }: GapFiller,
  values: readonly ObservedValues[],
  rows: number,
): Promise<readonly ObservedValues[]> {
  const gaps = values.map((modality, m) => gapsOf(model, modality, m));
  const incomplete = consecutive(0, rows).filter((row) => gaps.some((counts) => counts[row] > 0));
  if (incomplete.length === 0) return values;
  const widths = model.modalities.map(({ observation }) => valueCount(observation));
  const known = values.map((modality, m) => selectSubjects(modality, widths[m], incomplete));
  const hasGap = known.map((modality, m) => gapsOf(model, modality, m));
  const moments = gaussian();
  let filled = moments ? known.map((modality, m) => byGaussian(moments, scales, modality, m, hasGap[m])) : known;
  for (let pass = 0; pass < (moments ? PASSES : PASSES_FROM_MEANS); pass++) {
    const rebuilt = await reconstruct(filled, incomplete.length);
    const width = rebuilt.length / incomplete.length;
    let first = 0;
    filled = known.map((modality, m) => {
      const from = first;
      first += widths[m];
      return replaced(modality, widths[m], hasGap[m], (row, column) => rebuilt[row * width + from + column]);
    });
  }
  return values.map((modality, m) => {
    if (!gaps[m].some((count) => count > 0)) return modality;
    const all = modality.values.slice();
    incomplete.forEach((row, i) => {
      all.set(filled[m].values.subarray(i * widths[m], (i + 1) * widths[m]), row * widths[m]);
    });
    return { ...modality, values: all };
  });
}

/**
 * Returns the number of cells to fill for each subject: none if the encoder has a mask, or if the whole modality is
 * missing.
 * @param modality values of modality `m`, rows × columns
 */
export function gapsOf(
  { modalities }: Pick<ModelConfig, 'modalities'>,
  modality: ObservedValues,
  m: number,
): Int32Array {
  const { observation } = modalities[m];
  const width = valueCount(observation);
  const gaps = new Int32Array(subjectsOf(modality, width));
  const { observed } = modality;
  if (!observed || observation.masked) return gaps;
  const present = presenceOf({ ...modality, columns: { length: width } });
  observed.forEach((mark, at) => {
    const row = Math.floor(at / width);
    if (mark === 0) gaps[row] += present[row];
  });
  return gaps;
}

/** Fills missing measured cells by the marginal Gaussian of the modality. Other cells stay at the column means. */
function byGaussian(
  gaussian: Gaussian,
  scales: GapFiller['scales'],
  modality: ObservedValues,
  m: number,
  hasGap: Int32Array,
): ObservedValues {
  const measured = scales.map(({ columns }) => [...columns.keys()].filter((c) => isMeasured(columns[c].kind)));
  const columns = measured[m];
  if (columns.length === 0 || !modality.observed) return modality;
  const { observed } = modality;
  const width = scales[m].columns.length;
  const rows = modality.values.length / width;
  const before = measured.slice(0, m).reduce((sum, { length }) => sum + length, 0);
  const cell = (row: number, k: number): number => row * width + columns[k];
  const table = Array.from({ length: rows * columns.length }, (_, at) =>
    cell(Math.floor(at / columns.length), at % columns.length),
  );
  const conditional = gaussian.marginal(columns.map((_, k) => before + k)).conditional({
    samples: { values: Float64Array.from(table, (at) => modality.values[at]), rows, columns: columns.length },
    observed: Uint8Array.from(table, (at) => observed[at]),
  });
  return replaced(modality, width, hasGap, (row, c) => {
    const k = columns.indexOf(c);
    return k < 0 ? 0 : conditional.mean[row * columns.length + k];
  });
}

/** Replaces the missing cells of the rows that have gaps. @param replacement returns the new value of a cell */
function replaced(
  { values, observed }: ObservedValues,
  width: number,
  hasGap: Int32Array,
  replacement: (row: number, column: number) => number,
): ObservedValues {
  if (!observed) return { values };
  const filled = values.map((value, at) => {
    const row = Math.floor(at / width);
    return observed[at] === 1 || hasGap[row] === 0 ? value : replacement(row, at % width);
  });
  return { values: filled, observed };
}
