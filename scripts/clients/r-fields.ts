// clients/r/R/fields.R: the keys of all lists that the R package returns, with their types and descriptions.

import { rowsOf, type Row } from '../docs/schema-rows.js';
import { clientSchemas } from './schemas.js';

const HEADER = `# Keys of the results. npm run docs writes this file from the schemas of the program: do not edit it.
`;

export function rFields(): string {
  const lists = clientSchemas().map(({ list, schema }) => {
    const rows = rowsOf(schema);
    const columns = [
      `key = ${vector(rows.map(({ key }) => key))}`,
      `type = ${vector(rows.map(typeOf))}`,
      `description = ${vector(rows.map(({ description }) => plain(description)))}`,
    ];
    return `  ${list} = data.frame(\n${columns.map((text) => `    ${text}`).join(',\n')}\n  )`;
  });
  return `${HEADER}\nresult_fields <- list(\n${lists.join(',\n')}\n)\n`;
}

function typeOf({ type, range }: Row): string {
  const text = plain(type);
  return range === '' ? text : `${text}, ${range}`;
}

/** Returns Markdown as text: links by their titles, no marks of code, no escapes. */
const plain = (text: string): string =>
  text
    .replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1')
    .replaceAll('`', '')
    .replaceAll(/\\([<*_])/g, '$1');

/** Returns a vector of texts. Letters beyond ASCII are escaped, as packages of R require. */
function vector(texts: readonly string[]): string {
  const quoted = texts.map((text) =>
    JSON.stringify(text).replaceAll(
      /[^\x20-\x7e]/g,
      (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );
  return `c(\n${quoted.map((text) => `      ${text}`).join(',\n')}\n    )`;
}
