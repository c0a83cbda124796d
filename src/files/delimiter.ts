// Which character separates the cells of a text table: what its header holds outside quotes.

/** The characters that may separate cells. */
export const DELIMITERS = [',', ';', '|', '\t', ' '] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/**
 * Tabs in a .tsv. In a .csv commas where its header has any, or else tabs or semicolons. In a .txt tabs, commas,
 * semicolons or, without any of them, spaces.
 *
 * @param head the text of its first bytes
 * @param columns names that are asked for: a header that is one of them is a single column
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

/** The first line that is not empty; a line's end inside quotes is none. */
function headerOf(head: string): string {
  const from = head.search(/[^\r\n]/);
  if (from < 0) return '';
  // A regular expression that repeats a group would need a stack as long as the line.
  const next = /["\r\n]/g;
  for (let at = from; ;) {
    next.lastIndex = at;
    const found = next.exec(head);
    if (found === null) return head.slice(from);
    if (found[0] !== '"') return head.slice(from, found.index);
    const closing = head.indexOf('"', found.index + 1);
    if (closing < 0) return head.slice(from);
    at = closing + 1;
  }
}
