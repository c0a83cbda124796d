// Markdown of the generated pages. It must also be a valid template of Vue, in which `<` and `{{` have a meaning.

/** Returns text for a paragraph, escaped except for code. */
export function escaped(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, at) => (at % 2 === 1 ? part : part.replaceAll(/[<*_]/g, '\\$&').replaceAll('{{', '{ {')))
    .join('');
}

/** Returns a value as code. */
export const code = (text: string): string => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);

const cell = (text: string): string => text.replaceAll(/\s*\n\s*/g, ' ').replaceAll('|', '\\|');

/** Returns a table, or nothing if there are no rows. Cells are Markdown. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(header), `|${'---|'.repeat(header.length)}`, ...rows.map(line)].join('\n');
}

/** Returns a page, in which parts are separated by empty lines. Empty parts are left out. */
export function page(title: string, parts: readonly string[]): string {
  const note = '<!-- Written by npm run docs from the source code. Edit the source, not this page. -->';
  return `${[`# ${title}`, note, ...parts].filter((part) => part !== '').join('\n\n')}\n`;
}
