// Texts of missing cells in the tables of R, pandas, SAS and SQL.

export const MISSING_WORDS: ReadonlySet<string> = new Set([
  '',
  'NA',
  'N/A',
  'NaN',
  'nan',
  'NAN',
  '<NA>',
  'null',
  'NULL',
  'None',
  '.',
]);
