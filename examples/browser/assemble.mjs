// Assembles the page in a folder: its files, the library for pages, and the data that its button opens.

import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const here = import.meta.dirname;
const library = resolve(here, '../../dist/web');
const PAGE_FILES = ['index.html', 'style.css', 'app.js', 'charts.js', 'dom.js', 'files.js', 'measurements.js'];
/** Files of a RUN folder. */
const MODEL_FILES = ['run.json', 'model.safetensors', 'graph.json'];

/**
 * Writes the page.
 * @param page the folder of the page; existing files in it are deleted
 * @param run the RUN folder of the model that the page's button opens
 * @param tables texts of the CSV files that the button opens, by file name
 */
export function assemble(page, run, tables) {
  if (!existsSync(join(library, 'index.js'))) throw new Error('dist/web is missing: npm run build:ts');
  rmSync(page, { recursive: true, force: true });
  mkdirSync(page, { recursive: true });
  for (const name of PAGE_FILES) cpSync(join(here, name), join(page, name));
  const isScript = (path) => !/\.d\.ts$|[/\\]platform$/.test(path);
  cpSync(library, join(page, 'interlatent'), { recursive: true, filter: isScript });
  const model = Object.fromEntries(MODEL_FILES.map((name) => [name, readFileSync(join(run, name)).toString('base64')]));
  writeFileSync(
    join(page, 'demo.js'),
    `// Data that the page's button opens: files of a model in base64, and tables.
export const model = ${JSON.stringify(model, null, 2)};
export const tables = ${JSON.stringify(tables, null, 2)};
`,
  );
}
