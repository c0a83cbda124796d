// Reads a draft as `inspect` would, and mends what stops the reading: columns that are constant in the training split,
// kinds that do not fit, and so on.

import { dirname, resolve } from 'node:path';
import { InterlatentError, type ErrorCode } from '../../errors/errors.js';
import { readTable } from '../../files/read-table.js';
import type { Inspection } from '../inspection/inspection.js';
import { studyFileOf } from '../grammar/parse-study.js';
import { studyOf } from '../reading/study-data.js';
import type { Draft, DraftModality, Finding } from './draft.js';
import { draftText } from './draft-text.js';

/** A draft with what `inspect` would say of it. */
export interface CheckedDraft {
  readonly draft: Draft;
  readonly text: string;
  /** Undefined if the study cannot be read as it is. */
  readonly inspection?: Inspection;
  /** Why the study cannot be read as it is. */
  readonly problem?: { readonly code: ErrorCode; readonly message: string };
}

/** Maximum number of changes that mend a draft. */
const MAX_CHANGES = 50;
/** Number of columns from which `constant: omit` replaces a list. */
const MANY_COLUMNS = 30;

/**
 * Returns the draft with changes that let it be read.
 * @param path path of the study file, which need not exist
 * @param schema see `draftText`
 */
export async function checkDraft(draft: Draft, path: string, schema: string | undefined): Promise<CheckedDraft> {
  let current = draft;
  for (let change = 0; ; change++) {
    const text = draftText(current, schema);
    try {
      const file = studyFileOf(path, new TextEncoder().encode(text), {
        resolveTable: (entry) => resolve(dirname(path), entry),
        readTable,
      });
      const { inspection } = await studyOf(file, {});
      return { draft: current, text, inspection };
    } catch (error) {
      if (!(error instanceof InterlatentError)) throw error;
      const isOf = ({ files }: DraftModality): boolean =>
        files.some((file) => resolve(dirname(path), file) === error.details['path']);
      const mended = change < MAX_CHANGES ? mend(current, error, isOf) : undefined;
      if (mended === undefined) {
        return { draft: current, text, problem: { code: error.code, message: error.message } };
      }
      current = mended;
    }
  }
}

/**
 * Returns the draft without what caused an error; undefined if it is not known how.
 * @param isOf true if a modality reads the file that the error names
 */
function mend(
  draft: Draft,
  { code, details }: InterlatentError,
  isOf: (modality: DraftModality) => boolean,
): Draft | undefined {
  const { modality, columns, column } = details;
  const isNamed = ({ name }: DraftModality): boolean => name === modality;
  const isAny = (): boolean => true;
  switch (code) {
    case 'constant-column':
    case 'empty-column':
    case 'too-few-values':
      return changed(draft, isNamed, (one) => without(one, columns as readonly string[], REASONS[code]));
    case 'level-count':
    case 'unordered-levels':
      return changed(draft, isAny, (one) => withoutKind(one, column));
    case 'not-numeric':
    case 'not-finite':
      if (typeof column !== 'string') return undefined;
      return changed(draft, isOf, (one) => without(one, [column], 'not all of its cells are numbers'));
    case 'too-many-latents':
      return changed(draft, isNamed, (one) => (one.latents > 1 ? { ...one, latents: one.latents - 1 } : one));
    case 'missing-group':
    case 'group-mismatch':
      return draft.group?.certain ? { ...draft, group: { ...draft.group, certain: false } } : undefined;
    default:
      return undefined;
  }
}

const REASONS = {
  'constant-column': 'constant in the training split',
  'empty-column': 'no values',
  'too-few-values': 'too few values in the training split',
} as const;

/** Returns the draft with some modalities changed; undefined if nothing changes. */
function changed(
  draft: Draft,
  isChosen: (modality: DraftModality) => boolean,
  change: (modality: DraftModality) => DraftModality,
): Draft | undefined {
  const modalities = draft.modalities.map((one) => (isChosen(one) ? change(one) : one));
  const isChanged = modalities.some((one, i) => one !== draft.modalities[i]);
  return isChanged ? { ...draft, modalities } : undefined;
}

function without(modality: DraftModality, columns: readonly string[], reason: string): DraftModality {
  const isGone = ({ column }: Finding): boolean => column !== undefined && columns.includes(column);
  const { findings, columns: listed } = modality;
  if (listed?.some((one) => columns.includes(one))) {
    const rest = listed.filter((one) => !columns.includes(one));
    return { ...modality, columns: rest, width: rest.length, findings: findings.filter((one) => !isGone(one)) };
  }
  const known = new Set(findings.filter(({ key, certain }) => key === 'omit' && certain).map(({ column }) => column));
  const more = columns.filter((one) => !known.has(one));
  if (listed || more.length === 0) return modality;
  const rest = findings.filter((one) => !(isGone(one) && one.key !== 'text'));
  const width = modality.width - more.length;
  if (more.length >= MANY_COLUMNS && reason !== REASONS['empty-column']) {
    const omit: Finding = {
      key: 'constant',
      value: 'omit',
      certain: true,
      reason: `${more.length} columns are ${reason}`,
    };
    return { ...modality, width, findings: [...rest, omit] };
  }
  const omitted = more.map((column): Finding => ({ key: 'omit', column, certain: true, reason }));
  return { ...modality, width, findings: [...rest, ...omitted] };
}

function withoutKind(modality: DraftModality, column: unknown): DraftModality {
  const findings = modality.findings.filter((one) => !(one.key === 'kinds' && one.certain && one.column === column));
  return findings.length === modality.findings.length ? modality : { ...modality, findings };
}
