// Names of columns that identify subjects, or groups of them.

/** A column that may identify the subjects of a table. */
export interface IdColumn {
  readonly name: string;
  /** Id of each row. */
  readonly texts: readonly string[];
  readonly ids: ReadonlySet<string>;
  /** True if no id occurs twice. */
  readonly isUnique: boolean;
  /** True if the ids are the numbers of the rows. */
  readonly isCounter: boolean;
  /** True if the file has no name for the column, so that the study may call it as other tables call theirs. */
  readonly isFlexible: boolean;
}

const ENTITIES =
  '(?:subject|patient|participant|person|individual|respondent|proband|student|user|animal|mouse|rat|donor|case|' +
  'sample|specimen|cell|record)';
const EXACT = /^(?:ids?|seqn|eid|iid|mrn|ptid|rid|barcode|pid|sid|uid|bcr_patient_barcode)$/i;
const ENTITY = new RegExp(`^${ENTITIES}s?(?:[_ .-]?(?:id|no|nr|num|number|code|key|name|barcode))?$`, 'i');
const SUFFIX = /[_ .-]id$|[a-z]I[Dd]$|^id[_ .-]/i;
/** Names that programs give to the numbers of rows. */
const INDEX = /^(?:|index|row|rows|row[_ .]?(?:id|name|names|num|number)|unnamed: 0|x|\.\.\.1|v1)$/i;

/**
 * Returns how clearly a name says that a column identifies subjects: 3 for `id`, 2 for `sample_id`, 1 for `row`,
 * otherwise 0.
 */
export function idRank(name: string): number {
  if (INDEX.test(name)) return 1;
  if (EXACT.test(name)) return 3;
  return ENTITY.test(name) || SUFFIX.test(name) ? 2 : 0;
}

const PEOPLE =
  /^(?:subject|patient|participant|person|individual|respondent|student|donor|animal|mouse|rat|family|household|litter|twin|pair)s?(?:[_ .-]?(?:id|no|nr|num|number|code))?$/i;
const PLACES =
  /^(?:site|cent(?:er|re)|hospital|clinic|batch|plate|cohort|scanner|run)(?:[_ .-]?(?:id|no|nr|num|number|code))?$/i;

/** True if a name says that rows with the same value belong to one subject or family. */
export const isGroupName = (name: string): boolean => PEOPLE.test(name);

/** True if a name says where or with what a row was measured. */
export const isPlaceName = (name: string): boolean => PLACES.test(name);

/** True if a name is that of a usual covariate. */
export const isCovariateName = (name: string): boolean =>
  /(?:^|[_ .-])(?:age|sex|gender)$/i.test(name) || isPlaceName(name);
