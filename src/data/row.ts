// Subjects as programs have them in JSON, in the units of the training tables, levels by name.

/** A subject: by modality, the value of every column; null is a missing value. */
export type Row = Readonly<Record<string, Readonly<Record<string, string | number | null>>>>;

/** Many subjects: by modality and column, the values of all of them, as in a `Row`. */
export type Columns = Readonly<Record<string, Readonly<Record<string, readonly (string | number | null)[]>>>>;

export interface RowOptions {
  /** How far from the training mean a value may lie, in standard deviations, after any transform or logarithm. */
  readonly maxDeviations: number;
  /** Columns and modalities that a row does not have are missing values. */
  readonly partial: boolean;
}

/** Standard deviations from the training mean up to which a value is taken for one of the same kind. */
export const MAX_DEVIATIONS = 10;

const names: string[] = [];

/** What errors call the subjects: `rows[0]`, `rows[1]`, … */
export function subjectNames(rows: number): string[] {
  while (names.length < rows) names.push(`rows[${names.length}]`);
  return names.slice(0, rows);
}
