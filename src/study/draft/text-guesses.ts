// What columns whose cells are not all numbers look like: codes, limits, percentages, levels, dates.

import { parseNumber } from '../../files/column-builder.js';
import type { DraftColumn } from './draft-table.js';
import type { Finding } from './draft.js';

/** Texts that cannot be a measurement. */
const NOT_MEASURED =
  /^(?:-+|\?+|\*+|\.\.+|_+|n\/?a|n\.a\.?|n\.?d\.?|nil|none|missing|unknown|unk|undef(?:ined)?|not (?:available|done|known|measured|applicable)|nr|#n\/a|#value!|#div\/0!|#null!)$/i;
const BEYOND = /^[<≤>≥]=?\s*[\d.]+$/;
const DECIMAL_COMMA = /^[-+]?\d+,\d+$/;
const DATES = [
  /^\d{4}-\d{2}-\d{2}(?:[T ].*)?$/,
  /^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?: .*)?$/,
  /^\d{4}\/\d{1,2}\/\d{1,2}/,
];
const FILES = /\.(?:png|jpe?g|tiff?|webp|dcm|nii|nii\.gz|edf)$/i;
/** Pairs of texts that mean no and yes, in the order of the alphabet. */
const TRUTH = ['false true', 'f t', 'n y', 'no yes', 'absent present', 'negative positive'];

const MAX_LEVELS = 20;
const MAX_SHOWN = 6;
const MAX_EXAMPLES = 3;
const ALSO = 'then also remove the column from omit';

/** True if most texts are dates. */
function areDates(texts: readonly string[]): boolean {
  const present = texts.filter((text) => text !== '');
  const dates = present.filter((text) => DATES.some((pattern) => pattern.test(text))).length;
  return present.length > 0 && dates >= 0.95 * present.length;
}

/**
 * Returns true if the numbers of a text table have a decimal comma. Three digits after every comma could be thousands.
 * @param columns all columns of the table except the ids
 */
export function hasDecimalComma(columns: readonly DraftColumn[]): boolean {
  const cells = columns.flatMap(({ kind, texts }) => (kind === 'number' ? [] : texts));
  const commas = cells.filter((cell) => DECIMAL_COMMA.test(cell));
  if (!commas.some((cell) => cell.split(',')[1].length !== 3)) return false;
  const isFraction = (value: number): boolean => !Number.isNaN(value) && !Number.isInteger(value);
  return !columns.some((column) => column.numbers().some(isFraction));
}

/** Returns the column with its decimal commas read as numbers. */
export function withDecimalComma(column: DraftColumn): DraftColumn {
  if (column.kind === 'number') return column;
  const texts = column.texts.map((text) => (DECIMAL_COMMA.test(text) ? text.replace(',', '.') : text));
  return withTexts(column, texts);
}

/** Returns a column with these texts, whose kind follows from them. */
export function withTexts({ name }: Pick<DraftColumn, 'name'>, texts: readonly string[]): DraftColumn {
  const values = Float64Array.from(texts, (text) => parseNumber(text) ?? NaN);
  const numbers = values.reduce((count, value) => count + Number(!Number.isNaN(value)), 0);
  const present = texts.reduce((count, text) => count + Number(text !== ''), 0);
  const kind = numbers === present ? 'number' : numbers === 0 ? 'text' : 'mixed';
  return { name, kind, numbers: () => values, texts: kind === 'number' ? [] : texts };
}

/** What becomes of a column of texts. */
export interface TextGuess {
  readonly findings: readonly Finding[];
  /** The column as a fit reads it, if its cells become numbers. */
  readonly readable?: DraftColumn;
  /** True if the column has a kind, so that a fit reads its levels. */
  readonly isLevelled?: boolean;
}

/** @param allowsKinds false if rows of a subject are averaged */
export function guessTexts(column: DraftColumn, { allowsKinds }: { readonly allowsKinds: boolean }): TextGuess {
  const { name, texts } = column;
  const counts = new Map<string, number>();
  for (const text of texts) if (text !== '') counts.set(text, (counts.get(text) ?? 0) + 1);
  const levels = [...counts.keys()];
  const words = levels.filter((text) => parseNumber(text) === undefined);
  const codes = words.filter((text) => NOT_MEASURED.test(text));
  const rest = words.filter((text) => !codes.includes(text));
  const missing: Finding[] =
    codes.length === 0
      ? []
      : [{ key: 'missing', column: name, value: codes, certain: true, reason: `${quoted(codes)} is not a value` }];
  const blank = new Set(codes);
  const readAs = (change: (text: string) => string): DraftColumn =>
    withTexts(
      column,
      texts.map((text) => (blank.has(text) ? '' : change(text))),
    );
  const hasNumbers = column.kind === 'mixed';
  if (hasNumbers && rest.length === 0) return { findings: missing, readable: readAs((text) => text) };
  if (rest.length > 0 && rest.every((text) => BEYOND.test(text))) {
    const reason = `cells such as ${quoted(rest.slice(0, 3))} are values beyond a limit`;
    const readable = readAs((text) => text.replace(/^[<≤>≥]=?\s*/, ''));
    return { findings: [...missing, { key: 'censored', column: name, certain: true, reason }], readable };
  }
  if (rest.length > 0 && levels.every((text) => blank.has(text) || /^[-+\d.]+\s*%$/.test(text))) {
    const readable = readAs((text) => text.replace(/\s*%$/, ''));
    return {
      findings: [...missing, { key: 'percent', column: name, certain: true, reason: 'cells have a percent sign' }],
      readable,
    };
  }
  for (const code of codes) counts.delete(code);
  return guessLevels(column, { counts, rest, missing, allowsKinds });
}

interface Levels {
  /** Number of rows of each text that is not a code. */
  readonly counts: ReadonlyMap<string, number>;
  /** Texts that are neither numbers nor codes. */
  readonly rest: readonly string[];
  /** Codes of missing values. */
  readonly missing: readonly Finding[];
  readonly allowsKinds: boolean;
}

function guessLevels({ name, kind, texts }: DraftColumn, { counts, rest, missing, allowsKinds }: Levels): TextGuess {
  const levels = [...counts.keys()].sort();
  const listed = (max: number): string => quoted(levels.slice(0, max)) + (levels.length > max ? ', …' : '');
  const shown = listed(MAX_SHOWN);
  const isTruth = TRUTH.includes(levels.map((level) => level.toLowerCase()).join(' '));
  if (isTruth && allowsKinds) {
    return {
      findings: [...missing, { key: 'kinds', column: name, value: 'binary', certain: true, reason: shown }],
      isLevelled: true,
    };
  }
  const omitted: Finding[] =
    kind === 'mixed'
      ? [{ key: 'omit', column: name, certain: true, reason: `numbers and texts such as ${quoted(rest.slice(0, 3))}` }]
      : [];
  const isFew = levels.length >= 2 && levels.length <= MAX_LEVELS && levels.length <= texts.length / 4;
  if (isFew && allowsKinds) {
    const value = levels.length === 2 ? 'binary' : 'categorical';
    const order = value === 'categorical' ? '; ordinal with the key levels, if they have an order' : '';
    const reason = `levels ${shown}${order}${kind === 'mixed' ? `; ${ALSO}` : ''}`;
    const codes = missing.map((one) => ({ ...one, certain: false }));
    return { findings: [...omitted, ...codes, { key: 'kinds', column: name, value, certain: false, reason }] };
  }
  if (kind === 'mixed') {
    const codes: Finding[] =
      rest.length <= MAX_SHOWN
        ? [
            {
              key: 'missing',
              column: name,
              value: rest,
              certain: false,
              reason: `if these texts mean missing; ${ALSO}`,
            },
          ]
        : [];
    return { findings: [...omitted, ...codes] };
  }
  return {
    findings: [
      { key: 'text', column: name, certain: true, reason: kindOfTexts(texts, listed(MAX_EXAMPLES), counts.size) },
    ],
  };
}

function kindOfTexts(texts: readonly string[], shown: string, count: number): string {
  if (areDates(texts)) return `dates such as ${shown}`;
  const present = texts.filter((text) => text !== '');
  if (present.length > 0 && present.every((text) => FILES.test(text))) {
    return `names of files such as ${shown}; see the key images or series`;
  }
  if (count < 2) return count === 0 ? 'no values' : `the only text is ${shown}`;
  return `${count} different texts such as ${shown}`;
}

const quoted = (texts: readonly string[]): string =>
  texts.map((text) => `"${text.length > 24 ? `${text.slice(0, 24)}…` : text}"`).join(', ');
