// The draft of a study file: what `interlatent init` found in the tables of a user. Certain findings become keys of the
// file. Guesses become comments, and the user decides.

/** Key of a modality that a finding sets. `text` is a column that is left out without a key, `note` a remark. */
export type FindingKey =
  | 'table'
  | 'sheet'
  | 'part'
  | 'transposed'
  | 'decimal'
  | 'repeats'
  | 'omit'
  | 'censored'
  | 'percent'
  | 'missing'
  | 'kinds'
  | 'transform'
  | 'constant'
  | 'text'
  | 'note';

/** Something that a table shows, with the value of the key that says it. */
export interface Finding {
  readonly key: FindingKey;
  /** Column; undefined for the whole table. */
  readonly column?: string | undefined;
  /** Value of the key, or of the column's entry in it; undefined for an entry of a list. */
  readonly value?: string | boolean | readonly (string | number)[] | Readonly<Record<string, number>> | undefined;
  /** True if it is written as a key, false if it is written as a comment. */
  readonly certain: boolean;
  /** The evidence, without a full stop. */
  readonly reason: string;
}

export interface DraftModality {
  readonly name: string;
  /** Files that are stacked by rows, relative to the study file. */
  readonly files: readonly string[];
  readonly rows: number;
  /** Column of ids, if it has another name than in the study. */
  readonly id?: string | undefined;
  /** Columns of this modality, if several modalities have the same table. */
  readonly columns?: readonly string[] | undefined;
  /** Number of columns that a fit would read. */
  readonly width: number;
  readonly latents: number;
  readonly findings: readonly Finding[];
}

/** How subjects are identified or grouped. */
export interface DraftKey {
  /** Name of the column; null if the rows of all tables are numbered. */
  readonly column: string | null;
  readonly certain: boolean;
  readonly reason: string;
}

/** Covariates of a table. */
export interface DraftCovariates {
  readonly table: string;
  readonly columns: readonly string[];
  readonly categories: readonly string[];
}

export interface Draft {
  readonly study: string;
  readonly id: DraftKey;
  readonly group?: DraftKey | undefined;
  readonly modalities: readonly DraftModality[];
  /** Tables with fewer columns than a modality needs. */
  readonly leftOut: readonly DraftModality[];
  readonly covariates?: DraftCovariates | undefined;
}
