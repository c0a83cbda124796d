// Outcomes of subjects: what happened to them, or was measured, that no fit reads. Latents are related to them after a
// fit (src/interpretation). They are aligned with the subjects of a data set, and not part of it.

/** Kinds of outcomes in one column. */
export const OUTCOME_KINDS = ['continuous', 'ordered', 'categorical'] as const;

/** A variable of subjects that was read from a table next to an outcome. */
export interface SubjectVariable {
  /** Column of the table. */
  readonly column: string;
  /** Names of levels; undefined for numbers. */
  readonly levels?: readonly string[] | undefined;
  /** A number, or the position of a level, for each subject of the data set; NaN where missing. */
  readonly values: Float64Array;
}

interface AnyOutcome {
  readonly name: string;
  /** Covariates for which associations with the outcome are adjusted. */
  readonly covariates: readonly SubjectVariable[];
  /** How a covariate of numbers enters a regression. */
  readonly terms: 'linear' | 'spline';
  /**
   * Modalities with a column that is the outcome, or a copy of it. The latents of such a modality were made from the
   * outcome, so a test of both would be circular.
   */
  readonly measuredIn: readonly string[];
}

/** An outcome with one value for each subject. */
export interface MeasuredOutcome extends AnyOutcome, SubjectVariable {
  readonly kind: (typeof OUTCOME_KINDS)[number];
}

/** A time until an event, or until the last observation of a subject without the event. */
export interface EventOutcome extends AnyOutcome {
  readonly kind: 'time-to-event';
  readonly columns: { readonly time: string; readonly event: string };
  /** Times from 0 on; NaN where missing. */
  readonly times: Float64Array;
  /** 1: the event happened; 0: the subject was observed until then without it; NaN where missing. */
  readonly events: Float64Array;
}

export type Outcome = EventOutcome | MeasuredOutcome;

/** True if a subject has the outcome. Covariates may be missing. */
export function hasOutcome(outcome: Outcome, row: number): boolean {
  if (outcome.kind === 'time-to-event') return !Number.isNaN(outcome.times[row] + outcome.events[row]);
  return !Number.isNaN(outcome.values[row]);
}
