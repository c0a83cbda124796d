// Batches: sites, instruments, plates. A batch changes the observation and not the latents, so its effect is removed
// from the columns before they are standardised: `x′ = (x − offset) / factor`. The average over batches has offset 0 and
// factor 1.

/** Minimum number of training values of a batch for a factor: a standard deviation of 30 values is off by 13 %. */
export const MIN_SCALED = 30;

/** Batches that a model knows, and the column that contains them. */
export interface Batches {
  readonly column: string;
  readonly levels: readonly string[];
  /**
   * Names of causes that have one value in each batch, among the training subjects with the modality. Their effects are
   * removed together with those of the batches, and are not identifiable in the modality. Left out if there are none.
   */
  readonly causes?: readonly string[] | undefined;
}

/** True if the effect of a cause on a modality was removed together with those of its batches. */
export function isRemovedWithBatches(cause: string, { batches }: { readonly batches?: Batches | undefined }): boolean {
  return batches?.causes?.includes(cause) ?? false;
}

/** What each batch does to a column, by position of its level. */
export interface BatchEffects {
  readonly offsets: readonly number[];
  /** Left out if no batch changes the standard deviation. */
  readonly factors?: readonly number[] | undefined;
}

/** True if all columns with effects have one for each batch. */
export function hasEffectsOf(
  batches: Batches | undefined,
  columns: readonly { readonly batches?: BatchEffects | undefined }[],
): boolean {
  const count = batches?.levels.length;
  return columns.every(({ batches: effects }) => {
    if (!effects) return true;
    const { offsets, factors = offsets.map(() => 1) } = effects;
    const isWhole = offsets.length === count && factors.length === count;
    return isWhole && offsets.every(Number.isFinite) && factors.every((factor) => factor > 0 && factor < Infinity);
  });
}

/** Returns a value without the effect of its batch. @param batch position of the level, NaN for an average batch */
export function withoutBatch(value: number, { offsets, factors }: BatchEffects, batch: number): number {
  return Number.isNaN(batch) ? value : (value - offsets[batch]) / (factors?.[batch] ?? 1);
}

/**
 * Returns standardised values with the effects of batches on them.
 * @param values subjects × columns @param positions position of each subject's batch, NaN for an average batch
 */
export function withBatchEffects(
  values: Float32Array,
  columns: readonly { readonly mean: number; readonly sd: number; readonly batches?: BatchEffects | undefined }[],
  positions: Float64Array,
): Float32Array {
  const width = columns.length;
  return values.map((value, at) => {
    const { mean, sd, batches } = columns[at % width];
    return batches ? (withBatch(value * sd + mean, batches, positions[Math.floor(at / width)]) - mean) / sd : value;
  });
}

/** Inverts `withoutBatch`. */
export function withBatch(value: number, { offsets, factors }: BatchEffects, batch: number): number {
  return Number.isNaN(batch) ? value : value * (factors?.[batch] ?? 1) + offsets[batch];
}
