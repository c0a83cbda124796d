// Assembles the package of a platform: node packages/assemble.mjs PLATFORM LIBRARY OLDEST TITLE=LICENCE…
// OLDEST is the oldest version of glibc or macOS that must load the library. The script refuses a library that does not
// load on every system of the platform, or that contains the path of this repository.
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { libraryProblems } from './library-problems.mjs';
import { notices } from './notices.mjs';

const [platform, library, oldest, ...sources] = process.argv.slice(2);
const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path) => readFileSync(join(root, path), 'utf8');

const problems = libraryProblems({ platform, library, oldest });
if (readFileSync(library).includes(root)) problems.push(`it contains ${root}`);
if (problems.length > 0) {
  console.error([`${library} does not satisfy the requirements of the package:`, ...problems].join('\n  - '));
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
