// Writes the reference pages, and the files of the clients in clients/, that come from the source code. Exits with 1 if
// one of them was out of date, so that CI refuses a change of the source without its pages. With --check nothing is
// written.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { pythonTypes } from '../clients/python-types.js';
import { rFields } from '../clients/r-fields.js';
import { cliPage } from './cli-page.js';
import { errorsPage } from './errors-page.js';
import { outputsPage } from './outputs-page.js';
import { studyPage } from './study-page.js';

const PAGES: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/reference/cli.md': cliPage,
  'docs/reference/errors.md': errorsPage,
  'docs/reference/outputs.md': outputsPage,
  'docs/reference/study-keys.md': studyPage,
  'clients/python/interlatent/types.py': pythonTypes,
  'clients/r/R/fields.R': rFields,
};

const isCheck = process.argv.includes('--check');

for (const [path, write] of Object.entries(PAGES)) {
  const text = await write();
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  if (!isCheck) writeFileSync(path, text);
  console.error(
    isCheck
      ? `${path} is out of date. npm run docs writes it.`
      : `${path} was out of date and has been written again. Commit it.`,
  );
  process.exitCode = 1;
}
