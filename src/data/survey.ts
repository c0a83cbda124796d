// The design of a survey from which the subjects of a study come: weights, strata, and primary sampling units.

/**
 * What to do with a stratum of one sampled unit, which has no variance. `adjust`: the deviation from the mean of all
 * strata counts. `certainty`: it adds no variance. `fail`: an error.
 */
export const LONELY_RULES = ['adjust', 'certainty', 'fail'] as const;
export type LonelyRule = (typeof LONELY_RULES)[number];

/** Weights of other samples that could have been drawn. */
export interface ReplicateWeights {
  /** Weights of all rows, for each replicate. They contain the sampling weight. */
  readonly weights: readonly Float64Array[];
  /** The variance is the sum of `scale` × `factors[r]` × (estimate of replicate r − their mean)². */
  readonly scale: number;
  readonly factors: Float64Array;
}

/** The design of a sample, for some of its subjects: the rows. */
export interface SurveyDesign {
  /** Weight of each row; 0 if it does not belong to the sample. */
  readonly weights: Float64Array;
  /** Stratum of each row, from 0. Without strata, all rows are in stratum 0. */
  readonly strata: Int32Array;
  /** Primary sampling unit of each row, from 0. Units of different strata have different numbers. */
  readonly units: Int32Array;
  /** Number of sampled units of each stratum, with those of which no row is here. */
  readonly unitsOfStratum: Int32Array;
  readonly lonely: LonelyRule;
  /** If present, variances come from these weights instead of linearisation. */
  readonly replicates?: ReplicateWeights | undefined;
}

/** Returns the design for some of its rows; −1 stands for a subject that does not belong to the sample. */
export function designAt(
  { weights, strata, units, replicates, ...design }: SurveyDesign,
  rows: Int32Array,
): SurveyDesign {
  const floats = (values: Float64Array) => Float64Array.from(rows, (row) => (row < 0 ? 0 : values[row]));
  const integers = (values: Int32Array) => rows.map((row) => (row < 0 ? 0 : values[row]));
  return {
    ...design,
    weights: floats(weights),
    strata: integers(strata),
    units: integers(units),
    ...(replicates && { replicates: { ...replicates, weights: replicates.weights.map(floats) } }),
  };
}

/** A column whose levels are subgroups of the population. */
export interface SurveySubgroup {
  readonly name: string;
  readonly levels: readonly string[];
  /** Position of the level of each row, NaN where missing. */
  readonly values: Float64Array;
}

/** The survey of a study, aligned with the subjects of its data set. */
export interface StudySurvey {
  /** Columns of the table. */
  readonly weight: string;
  readonly stratum?: string | undefined;
  readonly unit?: string | undefined;
  readonly variance: 'jackknife' | 'linearised' | 'replicates';
  readonly design: SurveyDesign;
  /** Number of people in the whole sample. */
  readonly sampled: number;
  readonly subgroups: readonly SurveySubgroup[];
}
