// The folder of a platform's package: node packages/assemble.mjs PLATFORM LIBRARY GLIBC TITLE=LICENCE… Refuses
// a library that would not load everywhere it is meant for, or that tells where it was built.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { notices } from './notices.mjs';

const [platform, library, glibc, ...sources] = process.argv.slice(2);
const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path) => readFileSync(join(root, path), 'utf8');
const lines = (...flags) =>
  execFileSync('readelf', ['--wide', ...flags, library])
    .toString()
    .split('\n');

const EXPORTS = {
  'interlatent.node': ['napi_register_module_v1', 'node_api_module_get_api_version_v1'],
  'libinterlatent_cuda.so': ['il_cuda_backend', 'il_cuda_devices'],
};
// Of glibc, which every machine has that the package's `libc` lets in.
const ALLOWED = /^(lib(c|m|dl|pthread|rt)\.so\.\d|ld-linux-.+)$/;

function problems() {
  const symbols = lines('--dyn-syms')
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words.length > 7);
  const defined = symbols.filter((words) => words[6] !== 'UND' && words[4] !== 'LOCAL' && words[0] !== 'Num:');
  const exported = defined.map((words) => words[7].replace(/@.*/, '')).sort();
  // What Node itself has; glibc's have a version; what is weak may be missing.
  const wanted = symbols.filter((words) => words[6] === 'UND' && words[4] !== 'WEAK');
  const foreign = wanted.filter((words) => !/^(node_api|napi)_|@GLIBC|^$/.test(words[7] ?? ''));
  const needed = lines('--dynamic').flatMap((line) => /\(NEEDED\).*\[(.+)\]/.exec(line)?.[1] ?? []);
  const newer = (version) => version.localeCompare(glibc, 'en', { numeric: true }) > 0;
  const versions = lines('--version-info').flatMap((line) => [...line.matchAll(/GLIBC_([\d.]+)/g)].map(([, v]) => v));
  const expected = EXPORTS[basename(library)];
  return [
    ...(exported.join() === expected.join() ? [] : [`it exports ${exported.join(', ')}; not ${expected.join(', ')}`]),
    ...foreign.map((words) => `it lacks ${words[7]}`),
    ...(lines('--dynamic').some((line) => line.includes('NODELETE')) || basename(library) !== 'interlatent.node'
      ? []
      : ['it can be unloaded (-z nodelete), which ends processes whose threads used it with SIGSEGV']),
    ...needed.filter((name) => !ALLOWED.test(name)).map((name) => `it needs ${name}`),
    ...[...new Set(versions.filter(newer))].map(
      (version) => `it needs glibc ${version}, the package promises ${glibc}`,
    ),
    ...(readFileSync(library).includes(root) ? [`it contains ${root}`] : []),
  ];
}

const found = platform.startsWith('linux-') ? problems() : [];
if (found.length > 0) {
  console.error([`${library} is not what the package promises:`, ...found].join('\n  - '));
  process.exit(1);
}

const folder = join(root, 'build/packages', platform);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const { name, ...template } = JSON.parse(read(`packages/${platform}/package.json`));
const { version, repository } = JSON.parse(read('package.json'));
const manifest = { name, version, ...template, ...(repository && { repository }) };
writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
writeFileSync(join(folder, 'README.md'), read(`packages/${platform}/README.md`));
writeFileSync(join(folder, 'LICENSE'), read('LICENSE'));
writeFileSync(join(folder, 'THIRD-PARTY-NOTICES'), notices(basename(library), sources));
copyFileSync(library, join(folder, basename(library)));
console.log(`build/packages/${platform}: ${basename(library)} ${(statSync(library).size / 1e6).toFixed(1)} MB`);
