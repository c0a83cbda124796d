// Writes the reference pages that come from the source code. Exits with 1 if one of them was out of date, so that CI
// refuses a change of the source without its pages.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cliPage } from './cli-page.js';
import { errorsPage } from './errors-page.js';
import { outputsPage } from './outputs-page.js';
import { studyPage } from './study-page.js';

const PAGES: Readonly<Record<string, () => string>> = {
  'docs/reference/cli.md': cliPage,
  'docs/reference/errors.md': errorsPage,
  'docs/reference/outputs.md': outputsPage,
  'docs/reference/study-keys.md': studyPage,
};

for (const [path, write] of Object.entries(PAGES)) {
  const text = write();
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  writeFileSync(path, text);
  console.error(`${path} was out of date and has been written again. Commit it.`);
  process.exitCode = 1;
}
