// Writes src/webgpu/coefficients.ts, the numbers of native/math/coefficients.h for WGSL. The file is kept in git,
// because the type check and the tests read src before anything is built.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

process.chdir(new URL('..', import.meta.url).pathname);
const path = 'src/webgpu/coefficients.ts';
const header = readFileSync('native/math/coefficients.h', 'utf8').replaceAll('\\\n', '');
const lines = [...header.matchAll(/^#define IL_(\w+) (.*)$/gm)].map(([, name, list]) => {
  const numbers = list.split(',').map((text) => Number(text.trim().replace(/f$/, '')));
  return `export const ${name} = ${numbers.length > 1 ? `[${numbers.join(', ')}]` : numbers[0]};`;
});
const preface = '// Written by scripts/build-coefficients.mjs from native/math/coefficients.h.\n\n';
writeFileSync(path, `${preface}${lines.join('\n')}\n`);
execFileSync('node_modules/.bin/oxfmt', [path]);
