// Runs the built package and some of its tests under Node 20, 22 and 24, which npm provides as packages.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Skipped } from './outcome.mjs';
import { badEnd, interlatent } from './process.mjs';
import { difference, filesIn, freshFolder, remove, workshop } from './workshop.mjs';

const MAJORS = [20, 22, 24];
const TESTS = [
  'test/runtime/native-loader',
  'test/files/(files|atomic|leftovers|pipes|windows)',
  'test/threads',
  'test/fit/locked-folder',
];

export async function nodeVersions({ folder, quick, report, outcome }) {
  const { commands, reference } = await workshop(folder);
  for (const major of MAJORS) {
    const node = installed(join(folder, `node-${major}`), major);
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
    outcome.count(version);
    for (const name of quick ? ['fit'] : Object.keys(commands)) {
      const work = freshFolder(folder);
      const result = await interlatent(commands[name](work), { node });
      const problem = result.code === 0 ? difference((await reference(name)).files, filesIn(work)) : result.err;
      outcome.note(`${name} under ${version}`, badEnd(result) ?? problem);
      remove(work);
    }
    const script = "const { buildInfo } = require('interlatent'); if (!buildInfo().version) process.exit(1)";
    const required = spawnSync(node, ['-e', script], { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } });
    outcome.note(`require under ${version}`, required.status === 0 ? undefined : required.stderr);
    if (!quick) outcome.note(`tests under ${version}`, tested(node));
    report(`${version}: ${outcome.failures.length} failures so far`);
  }
}

function tested(node) {
  const jest = resolve('node_modules/jest/bin/jest.js');
  const { status, stderr } = spawnSync(node, [jest, ...TESTS, '--runInBand'], { encoding: 'utf8' });
  return status === 0 ? undefined : stderr.slice(-3000);
}

function installed(place, major) {
  mkdirSync(place);
  writeFileSync(join(place, 'package.json'), '{}');
  try {
    execFileSync('npm', ['install', '--no-save', `node@${major}`], { cwd: place, stdio: 'pipe' });
  } catch (error) {
    throw new Skipped(`node@${major} cannot be installed: ${error.message.split('\n')[0]}`);
  }
  return join(place, 'node_modules/node/bin/node');
}
