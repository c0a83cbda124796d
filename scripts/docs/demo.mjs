// Builds the live demo of the site: fits the study of docs/tutorials/first-study.md and gives the page of
// examples/browser its model and 200 new people. The fit in build/docs/demo is reused until the program or the library
// changes.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { assemble } from '../../examples/browser/assemble.mjs';

const FITTED = 1000;
const SHOWN = 200;
const OPTIONS = ['--encoder-restarts', '2', '--component-restarts', '16'];
const work = resolve('build/docs/demo');
const page = resolve('build/docs/public/demo/page');

const tutorial = readFileSync('docs/tutorials/first-study.md', 'utf8');
/** Returns the block of the tutorial that begins with the name of a file. */
function blockOf(name) {
  const [, block] = new RegExp(`^\`\`\`\\w+\\n((?://|#) ${name}\\n[^]*?)^\`\`\`$`, 'm').exec(tutorial) ?? [];
  if (block === undefined) throw new Error(`docs/tutorials/first-study.md has no block ${name}`);
  return block;
}

const program = blockOf('make-data.mjs').replace(`i <= ${FITTED}`, `i <= ${FITTED + SHOWN}`);
const study = blockOf('study.yaml');
const built = statSync('dist/index.js').mtimeMs;
const key = createHash('sha256')
  .update(JSON.stringify([program, study, OPTIONS, built]))
  .digest('hex');
const keyFile = join(work, 'key');

if (!existsSync(keyFile) || readFileSync(keyFile, 'utf8') !== key) {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, 'make-data.mjs'), program);
  writeFileSync(join(work, 'study.yaml'), study);
  execFileSync(process.execPath, ['make-data.mjs'], { cwd: work });
  for (const name of ['body', 'blood', 'person']) {
    const lines = readFileSync(join(work, `${name}.csv`), 'utf8').split('\n');
    writeFileSync(join(work, `${name}.csv`), `${lines.slice(0, FITTED + 1).join('\n')}\n`);
    writeFileSync(join(work, `new-${name}.csv`), [lines[0], ...lines.slice(FITTED + 1)].join('\n'));
  }
  execFileSync(process.execPath, ['../../../dist/cli/main.js', 'fit', 'study.yaml', '--out', 'run', ...OPTIONS], {
    cwd: work,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  writeFileSync(keyFile, key);
}

// The page has no study file, so the tables must have the id column of the fit and empty missing cells.
const blood = readFileSync(join(work, 'new-blood.csv'), 'utf8')
  .replace(/^person,/, 'id,')
  .replaceAll('not done', '');
const body = readFileSync(join(work, 'new-body.csv'), 'utf8').replaceAll(/,-9$/gm, ',');
assemble(page, join(work, 'run'), { 'body.csv': body, 'blood.csv': blood });
