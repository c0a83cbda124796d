// What a table looks like: how it is read, and what becomes of each of its columns.

import type { DraftKey, Finding } from './draft.js';
import type { DraftColumn } from './draft-table.js';
import { isPlaceName } from './id-names.js';
import { guessNumbers, isConstantReason } from './number-guesses.js';
import type { IdentifiedTable } from './stack-tables.js';
import { guessTexts, hasDecimalComma, withDecimalComma } from './text-guesses.js';

/** Number of rows of a subject from which a table may be a time series. */
const MANY_ROWS = 10;
/** Maximum number of columns that are listed one by one if all have the same reason. */
const MAX_LISTED = 300;
/** Minimum number of columns for which a transform of the table is proposed. */
const MIN_WIDE = 50;

/** Returns a certain finding about a whole table. */
function finding(key: Finding['key'], value: Finding['value'], reason: string): Finding {
  return { key, value, certain: true, reason };
}

/**
 * Returns what a table looks like: the number of columns that a fit would read, and what was found.
 * @param group column that says which rows belong together
 */
export function guessTable(
  { columns: all, id, rows, transposed, part }: IdentifiedTable,
  group: DraftKey | undefined,
): { width: number; findings: Finding[] } {
  const isRepeated = id !== undefined && !id.isUnique;
  let findings: Finding[] = [
    ...(part ? [finding(part.key, part.name, 'the file has several tables')] : []),
    ...(transposed ? [finding('transposed', true, 'its header has the ids')] : []),
  ];
  if (isRepeated) {
    const fact = `${rows} rows of ${id.ids.size} subjects: a subject gets the mean of its rows`;
    const isLong = rows >= MANY_ROWS * id.ids.size;
    const reason = isLong ? `${fact}; rows in the order of time are better read with the key series` : fact;
    findings.push(finding('repeats', { minRows: 1 }, reason));
  }
  const isValue = ({ name }: DraftColumn): boolean => name !== id?.name && !(group?.certain && name === group.column);
  let columns = all.filter(isValue);
  if (hasDecimalComma(columns)) {
    findings.push(finding('decimal', ',', 'numbers such as 1,5'));
    columns = columns.map(withDecimalComma);
  }
  const allowsKinds = !isRepeated;
  let width = 0;
  for (const column of columns) {
    if (group && !group.certain && column.name === group.column) {
      findings.push({ key: 'omit', column: column.name, certain: true, reason: 'it names groups of rows' });
      continue;
    }
    const guess = column.kind === 'number' ? undefined : guessTexts(column, { allowsKinds });
    findings.push(...(guess?.findings ?? []));
    if (guess?.isLevelled) width++;
    const numeric = column.kind === 'number' ? column : guess?.readable;
    if (numeric === undefined || numeric.kind !== 'number') continue;
    const { findings: more, isOmitted } = guessNumbers(numeric, { allowsKinds });
    findings = withCodes(findings, more);
    if (!isOmitted) width++;
    if (!isOmitted && isPlaceName(column.name)) {
      const reason = 'it says where or with what a row was measured';
      findings.push({ key: 'omit', column: column.name, certain: false, reason });
    }
  }
  return { width, findings: summarised(findings, width) };
}

/** Adds findings about numbers. Codes of one column that are texts and numbers become one list. */
function withCodes(findings: readonly Finding[], more: readonly Finding[]): Finding[] {
  const numbers = more.find(({ key }) => key === 'missing');
  const texts = findings.find(({ key, column }) => key === 'missing' && column === numbers?.column);
  if (numbers === undefined || texts === undefined) return [...findings, ...more];
  const value = [texts.value, numbers.value].flat() as readonly (string | number)[];
  const rest = more.filter((one) => one !== numbers);
  if (!numbers.certain) {
    const reason = `${numbers.reason}; replaces the line of the certain code`;
    return [...findings, { ...numbers, value, reason }, ...rest];
  }
  const joined = { ...texts, value, reason: `${texts.reason}; ${numbers.reason}` };
  return [...findings.map((one) => (one === texts ? joined : one)), ...rest];
}

/** Replaces findings about very many columns by one finding about the table. */
function summarised(findings: readonly Finding[], width: number): Finding[] {
  return withoutBinary(withoutConstant(withTransform(findings, width)));
}

/** Proposes a transform instead of hundreds of kinds and codes if nearly all columns of a wide table are counts. */
function withTransform(findings: readonly Finding[], width: number): Finding[] {
  const counts = findings.filter(({ key, value }) => key === 'kinds' && value === 'count');
  if (width < MIN_WIDE || counts.length < width / 2) return [...findings];
  const reason = `${counts.length} of ${width} columns look like counts; cpm for sequencing reads`;
  return [
    ...findings.filter((one) => one.certain || (one.key !== 'kinds' && one.key !== 'missing')),
    { key: 'transform', value: 'log1p', certain: false, reason },
  ];
}

/** Uses `constant: omit` instead of a long list of columns. */
function withoutConstant(findings: readonly Finding[]): Finding[] {
  const isConstant = ({ key, reason }: Finding): boolean => key === 'omit' && isConstantReason(reason);
  const count = findings.filter(isConstant).length;
  if (count <= MAX_LISTED) return [...findings];
  const reason = `${count} columns have no values or only one`;
  return [...findings.filter((one) => !isConstant(one)), finding('constant', 'omit', reason)];
}

/** Uses a note instead of a long list of binary columns, which a fit then reads as measurements. */
function withoutBinary(findings: readonly Finding[]): Finding[] {
  const isBinary = ({ key, value, certain }: Finding): boolean => key === 'kinds' && value === 'binary' && certain;
  const count = findings.filter(isBinary).length;
  if (count <= MAX_LISTED) return [...findings];
  const reason = `${count} columns have two values and are read as measurements; the key kinds can call them binary`;
  return [...findings.filter((one) => !isBinary(one)), finding('note', undefined, reason)];
}
