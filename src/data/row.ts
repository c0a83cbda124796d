// Types of subjects as JSON, in the units of the training tables, with levels by name.

/** A subject: the value of every column by modality. null is a missing value. */
export type Row = Readonly<Record<string, Readonly<Record<string, string | number | null>>>>;

/** Subjects as columns: by modality and column, the values of all subjects, as in a `Row`. */
export type Columns = Readonly<Record<string, Readonly<Record<string, readonly (string | number | null)[]>>>>;

export interface RowOptions {
  /** Largest distance from the training mean, in standard deviations, after any transform or logarithm. */
  readonly maxDeviations: number;
  /** If true, columns and modalities that a row lacks are missing values; otherwise they are an error. */
  readonly partial: boolean;
}

/** Default of `RowOptions.maxDeviations`. */
export const MAX_DEVIATIONS = 10;

const names: string[] = [];

/** Returns the names of subjects in errors: `rows[0]`, `rows[1]`, … */
export function subjectNames(rows: number): string[] {
  while (names.length < rows) names.push(`rows[${names.length}]`);
  return names.slice(0, rows);
}
