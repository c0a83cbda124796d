// Writes a draft as a study file with comments. Certain findings are keys; guesses are comments that become keys
// without their `#`.

import type { Draft, DraftModality, Finding, FindingKey } from './draft.js';

/** Keys of a modality in the order of the file. A list or a map has an entry for each column. */
const KEYS = {
  sheet: 'value',
  part: 'value',
  transposed: 'value',
  repeats: 'value',
  decimal: 'value',
  censored: 'list',
  percent: 'list',
  omit: 'list',
  missing: 'map',
  kinds: 'map',
  transform: 'value',
  constant: 'value',
} as const satisfies Partial<Record<FindingKey, 'value' | 'list' | 'map'>>;

/** Maximum number of guesses that are written for a key; `--json` lists all. */
const MAX_GUESSES = 100;

/** @param schema path of the JSON Schema relative to the study file; undefined if interlatent is not installed there */
export function draftText(draft: Draft, schema: string | undefined): string {
  const { study, id, group, modalities, leftOut, covariates } = draft;
  return [
    ...schemaLines(schema),
    '# Written by interlatent init. Lines that begin with # are guesses and explanations: remove the # to use a guess.',
    '# Every key is described in docs/reference/study-keys.md of interlatent.',
    `study: ${scalar(study)}`,
    id.column === null ? `id: { rows: true } # ${id.reason}` : `id: ${scalar(id.column)} # ${note(id)}`,
    ...(group ? [`${group.certain ? '' : '# '}group: ${scalar(group.column!)} # ${note(group)}`] : []),
    'modalities: # with sparsity.graph: ordered, an earlier modality may cause a later one',
    ...modalities.flatMap(modalityLines),
    ...leftOut.flatMap(({ files, width }) => [
      `  # ${files.join(', ')} has ${width} columns to fit and is left out: a modality needs two.`,
    ]),
    ...(covariates
      ? [
          '# Covariates: remove their effect from all columns. Then also write them into omit, above.',
          `# adjust: { table: ${inFlow(covariates.table)}, columns: ${flowList(covariates.columns)}, ` +
            `categories: ${flowList(covariates.categories)} }`,
        ]
      : []),
    'split: { validation: 0.1, test: 0.1, seed: 0 } # shares of the subjects; the rest is for training',
    '',
  ].join('\n');
}

function schemaLines(schema: string | undefined): string[] {
  if (schema !== undefined) return [`# yaml-language-server: $schema=${schema}`];
  return [
    '# Editors complete and check this file if interlatent is installed next to it and the first line is:',
    '#   # yaml-language-server: $schema=./node_modules/interlatent/dist/study.schema.json',
  ];
}

const note = ({ certain, reason }: { readonly certain: boolean; readonly reason: string }): string =>
  certain ? reason : `guess: ${reason}`;

function modalityLines({ name, files, rows, id, columns, width, latents, findings }: DraftModality): string[] {
  const [file] = files;
  const lines = [
    `table: ${files.length === 1 ? scalar(file) : flowList(files)} # ${rows} rows, ${width} columns to fit`,
    ...(id === undefined ? [] : [`id: ${scalar(id)}`]),
    ...(columns ? [`columns: ${flowList(columns)}`] : []),
    ...(Object.keys(KEYS) as (keyof typeof KEYS)[]).flatMap((key) => keyLines(key, findings)),
    ...textLines(findings),
    ...findings.filter(({ key }) => key === 'note').map(({ reason }) => `# ${reason}`),
    `latents: ${latents} # a start; interlatent select recommends a number`,
  ];
  return [`  ${scalar(name)}:`, ...lines.map((line) => `    ${line}`)];
}

/** Returns the lines of a key. Its first line is a comment if all of its entries are guesses. */
function keyLines(key: keyof typeof KEYS, findings: readonly Finding[]): string[] {
  const all = findings.filter((finding) => finding.key === key);
  const certain = all.filter((finding) => finding.certain);
  const guesses = all.filter((finding) => !finding.certain);
  if (KEYS[key] === 'value') {
    return all.map((finding) => `${finding.certain ? '' : '# '}${key}: ${valueText(finding.value)} # ${note(finding)}`);
  }
  const entry = (finding: Finding): string =>
    KEYS[key] === 'list'
      ? `- ${scalar(finding.column!)} # ${note(finding)}`
      : `${scalar(finding.column!)}: ${valueText(finding.value)} # ${note(finding)}`;
  const shown = guesses.slice(0, MAX_GUESSES);
  const rest = guesses.length - shown.length;
  const more = rest > 0 ? [`# … and ${rest} more columns; interlatent init --json lists them`] : [];
  if (certain.length > 0) {
    return [
      `${key}:`,
      ...certain.map((finding) => `  ${entry(finding)}`),
      ...shown.map((finding) => `  # ${entry(finding)}`),
      ...more.map((line) => `  ${line}`),
    ];
  }
  if (guesses.length === 0) return [];
  return [`# ${key}:`, ...shown.map((finding) => `#   ${entry(finding)}`), ...more];
}

/** Returns comments about columns that are left out without a key. */
function textLines(findings: readonly Finding[]): string[] {
  const texts = findings.filter(({ key }) => key === 'text');
  const lines = texts.slice(0, MAX_GUESSES).map(({ column, reason }) => `# left out: ${column} (${reason})`);
  const rest = texts.length - lines.length;
  return rest > 0 ? [...lines, `# left out: ${rest} more columns of texts`] : lines;
}

function valueText(value: Finding['value']): string {
  if (Array.isArray(value)) return flowList(value as readonly (string | number)[]);
  if (typeof value === 'object') {
    return `{ ${Object.entries(value)
      .map(([key, one]) => `${key}: ${one}`)
      .join(', ')} }`;
  }
  return typeof value === 'string' ? scalar(value) : String(value);
}

const flowList = (values: readonly (string | number)[]): string =>
  `[${values.map((value) => (typeof value === 'number' ? String(value) : inFlow(value))).join(', ')}]`;

/** Words that YAML reads as something other than a text, in any of its versions. */
const RESERVED = /^(?:true|false|null|yes|no|on|off|y|n|~|\.nan|[-+]?\.inf)$/i;

/** Returns a text as a scalar of YAML, in quotes if it needs them. */
function scalar(text: string): string {
  return /^[A-Za-z_./][\w./()%+ -]*$/.test(text) && !/ $| #|: /.test(text) && !RESERVED.test(text) && !isNumber(text)
    ? text
    : JSON.stringify(text);
}

/** Returns a text as a scalar inside brackets. */
const inFlow = (text: string): string => (/^[\w./-]+$/.test(text) ? scalar(text) : JSON.stringify(text));

const isNumber = (text: string): boolean => text.trim() !== '' && !Number.isNaN(Number(text));
