// An import of the package reads what it must and no more: reports, studies, fits and their libraries come when they
// are called.

import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const DIST = join(import.meta.dirname, '../dist');
/** Bytes; most of them are ml-matrix, for `simulate` and `r2`, which answer at once. */
const MAX = 460_000;

/** The files of a folder that its index.js reads before it is there. */
function closure(folder: string, imported: RegExp): string[] {
  const files = new Set(['index.js']);
  for (const path of files) {
    for (const [, name] of readFileSync(join(folder, path), 'utf8').matchAll(imported)) {
      files.add(join(dirname(path), name));
    }
  }
  return [...files];
}

describe.each([
  ['import', DIST, /^(?:import|export|\}) ?(?:[^;]*? from )?["'](\.[^"']+)["'];$/gm],
  ['require', join(DIST, 'cjs'), /^(?:var \w+ = )?(?:__toESM\()?require\(["'](\.[^"']+)["']\)/gm],
])('%s of the package', (_, folder, imported) => {
  const files = closure(folder, imported);
  // In the ES modules comments say which sources a file is made of; the CommonJS files are made of those.
  const sources = files.map((path) => readFileSync(join(DIST, path), 'utf8')).join('\n');

  test('reads the model and what it shares with other entries', () => {
    expect(files.length).toBeGreaterThan(5);
    expect(sources).toContain('// src/multimodal-causal-model.ts');
    expect(sources).toContain('// node_modules/ml-matrix/');
  });

  test('reads few files, for a process with few descriptors', () => {
    expect(files.length).toBeLessThan(16);
  });

  test(`reads less than ${MAX / 1000} kB`, () => {
    expect(files.reduce((sum, path) => sum + statSync(join(folder, path)).size, 0)).toBeLessThan(MAX);
  });

  test.each(['zod', 'fflate', 'yaml', 'hyparquet'])('reads nothing of %s', (name) => {
    expect(sources).not.toContain(`// node_modules/${name}/`);
  });

  test.each(['report/html/page', 'compile/', 'models/', 'study/study', 'causal/discovery/discover'])(
    'reads nothing of src/%s',
    (name) => {
      expect(sources).not.toContain(`// src/${name}`);
    },
  );
});

test('an import needs no more than 32 descriptors, Node’s own included', () => {
  const path = JSON.stringify(join(DIST, 'index.js'));
  const program = `import(${path}).then(({ simulate }) => console.log(typeof simulate))`;
  const shell = 'ulimit -n 32; exec "$0" --input-type=module -e "$1"';
  expect(execFileSync('bash', ['-c', shell, process.execPath, program], { encoding: 'utf8' })).toBe('function\n');
});
