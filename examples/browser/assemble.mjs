// Puts the page into a folder: its own files, the library for pages, and what its button opens.

import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const here = import.meta.dirname;
const library = resolve(here, '../../dist/web');
const OWN = ['index.html', 'style.css', 'app.js', 'charts.js', 'dom.js', 'files.js', 'measurements.js'];
/** Of a RUN folder. */
const OF_MODEL = ['run.json', 'model.safetensors', 'graph.json'];

/**
 * @param page the folder, made anew
 * @param run a RUN folder, of which the page's button opens the model
 * @param tables texts of CSV files by name, which it opens with it
 */
export function assemble(page, run, tables) {
  if (!existsSync(join(library, 'index.js'))) throw new Error('dist/web is missing: npm run build:ts');
  rmSync(page, { recursive: true, force: true });
  mkdirSync(page, { recursive: true });
  for (const name of OWN) cpSync(join(here, name), join(page, name));
  const isScript = (path) => !/\.d\.ts$|[/\\]platform$/.test(path);
  cpSync(library, join(page, 'interlatent'), { recursive: true, filter: isScript });
  const model = Object.fromEntries(OF_MODEL.map((name) => [name, readFileSync(join(run, name)).toString('base64')]));
  writeFileSync(
    join(page, 'demo.js'),
    `// What the page's button opens: files of a model, in base64, and tables.
export const model = ${JSON.stringify(model, null, 2)};
export const tables = ${JSON.stringify(tables, null, 2)};
`,
  );
}
