// An import of the package loads only what it needs at once. Reports, studies, fits and their libraries are loaded on
// first use.

import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const DIST = join(import.meta.dirname, '../../dist');
/** Bytes. Most of them belong to ml-matrix, which the synchronous functions `simulate` and `r2` need. */
const MAX = 460_000;

/** Matches static imports of an ES module. */
const IMPORTED = /^(?:import|export|\}) ?(?:[^;]*? from )?["'](\.[^"']+)["'];$/gm;

/** Returns the files of a folder that a file loads, directly or indirectly, while it is imported. */
function closure(folder: string, imported: RegExp, first = 'index.js'): string[] {
  const files = new Set([first]);
  for (const path of files) {
    for (const [, name] of readFileSync(join(folder, path), 'utf8').matchAll(imported)) {
      files.add(join(dirname(path), name));
    }
  }
  return [...files];
}

describe.each([
  ['import', DIST, IMPORTED],
  ['require', join(DIST, 'cjs'), /(?<!=> ?)require\(["'](\.[^"']+)["']\)/g],
])('%s of the package', (_, folder, imported) => {
  const files = closure(folder, imported);
  // Comments in the ES modules name the sources of each file. The CommonJS files are made from the ES modules.
  const sources = files.map((path) => readFileSync(join(DIST, path), 'utf8')).join('\n');

  test('loads the model and the files that it shares with other entry points', () => {
    expect(files.length).toBeGreaterThan(5);
    expect(sources).toContain('// src/model/multimodal-causal-model.ts');
    expect(sources).toContain('// node_modules/ml-matrix/');
  });

  test('loads few files, because some processes may open few', () => {
    expect(files.length).toBeLessThan(16);
  });

  test(`loads less than ${MAX / 1000} kB`, () => {
    expect(files.reduce((sum, path) => sum + statSync(join(folder, path)).size, 0)).toBeLessThan(MAX);
  });

  test.each(['zod', 'fflate', 'yaml', 'hyparquet'])('does not load %s', (name) => {
    expect(sources).not.toContain(`// node_modules/${name}/`);
  });

  test.each(['report/html/page', 'compile/', 'models/', 'study/study', 'causal/discovery/discover'])(
    'does not load src/%s',
    (name) => {
      expect(sources).not.toContain(`// src/${name}`);
    },
  );
});

test('the script of a report has less than 40 kB, because every report contains it', () => {
  expect(statSync(join(DIST, 'report.js')).size).toBeLessThan(40_000);
});

test('an import works with at most 32 file descriptors, including those that Node opens', () => {
  const path = JSON.stringify(join(DIST, 'index.js'));
  const program = `import(${path}).then(({ simulate }) => console.log(typeof simulate))`;
  const shell = 'ulimit -n 32; exec "$0" --input-type=module -e "$1"';
  expect(execFileSync('bash', ['-c', shell, process.execPath, program], { encoding: 'utf8' })).toBe('function\n');
});

test('the command line loads only the command that is used', () => {
  const files = closure(DIST, IMPORTED, 'cli/main.js');
  const sources = files.map((path) => readFileSync(join(DIST, path), 'utf8'));
  expect(sources.join('\n')).toContain('// src/cli/commands.ts');
  expect(sources.join('\n')).not.toContain('// src/model/multimodal-causal-model.ts');
  expect(sources.reduce((sum, text) => sum + text.length, 0)).toBeLessThan(500_000);
});
