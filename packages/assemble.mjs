// The folder of a platform's package: node packages/assemble.mjs PLATFORM LIBRARY OLDEST TITLE=LICENCE… Refuses a
// library that would not load everywhere it is meant for, or that tells where it was built. OLDEST is the oldest glibc
// or macOS that it must load on.
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { libraryProblems } from './library-problems.mjs';
import { notices } from './notices.mjs';

const [platform, library, oldest, ...sources] = process.argv.slice(2);
const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path) => readFileSync(join(root, path), 'utf8');

const found = libraryProblems({ platform, library, oldest });
if (readFileSync(library).includes(root)) found.push(`it contains ${root}`);
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
