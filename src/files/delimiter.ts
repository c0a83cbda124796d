// Finds the delimiter of a text table from its header, outside quotes.

/** The characters that may separate cells. */
export const DELIMITERS = [',', ';', '|', '\t', ' '] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/**
 * Returns the delimiter. A .tsv has tabs. A .csv has commas if its header has any, otherwise tabs or semicolons. A .txt
 * has tabs, commas, semicolons or, without any of these, spaces.
 *
 * @param head text of the first bytes
 * @param columns requested names; a header that equals one of them is a single column
 */
export function delimiterIn(path: string, head: string, columns: readonly string[]): Delimiter {
  const name = path.replace(/\.gz$/, '');
  if (name.endsWith('.tsv')) return '\t';
  const header = headerOf(head);
  if (columns.includes(header)) return ',';
  const unquoted = header.replace(/"[^"]*(?:"|$)/g, '');
  const candidates: readonly Delimiter[] = name.endsWith('.txt') ? ['\t', ',', ';', ' '] : [',', '\t', ';'];
  return candidates.find((delimiter) => unquoted.includes(delimiter)) ?? ',';
}

/** Returns the first line that is not empty. A line break inside quotes does not end it. */
function headerOf(head: string): string {
  const from = head.search(/[^\r\n]/);
  if (from < 0) return '';
  // A regular expression that repeats a group could overflow the stack on a long line.
  const next = /["\r\n]/g;
  for (let at = from; ;) {
    next.lastIndex = at;
    const match = next.exec(head);
    if (match === null) return head.slice(from);
    if (match[0] !== '"') return head.slice(from, match.index);
    const closing = head.indexOf('"', match.index + 1);
    if (closing < 0) return head.slice(from);
    at = closing + 1;
  }
}
