// Runs the C++ tests and a whole fit under ThreadSanitizer, with a separate build in build/thread-sanitize.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { Skipped } from './outcome.mjs';
import { interlatent } from './process.mjs';
import { freshFolder, remove, workshop } from './workshop.mjs';

const BUILD = resolve('build/thread-sanitize');
/** Tests of a quick run. They cover the code that uses threads. */
const QUICK = 'native/(program|training|mapped)';

export async function races({ folder, quick, report, outcome }) {
  const library = build();
  // The sanitizer does not support the randomised address layout of newer kernels.
  const steady = ['setarch', '-R'];
  const options = { TSAN_OPTIONS: 'halt_on_error=1 exitcode=66 ignore_noninstrumented_modules=1' };
  const args = ['--test-dir', BUILD, '--output-on-failure', '--no-tests=error'];
  const tests = spawnSync('setarch', ['-R', 'ctest', ...args, ...(quick ? ['-R', QUICK] : [])], {
    encoding: 'utf8',
    env: { ...process.env, ...options },
  });
  const count = /(\d+)% tests passed.* out of (\d+)/.exec(tests.stdout);
  report(`C++ tests: ${count?.[0] ?? 'none'}`);
  outcome.figures['C++ tests'] = Number(count?.[2] ?? 0);
  outcome.note('C++ tests', tests.status === 0 ? undefined : tests.stdout.slice(-4000));
  const { commands } = await workshop(folder);
  for (const name of ['fit', 'encode']) {
    const work = freshFolder(folder);
    const words = commands[name](work).map((word, i, all) => (all[i - 1] === '--threads' ? '2' : word));
    const env = { ...options, LD_PRELOAD: library, INTERLATENT_NATIVE_PATH: join(BUILD, 'Release/interlatent.node') };
    const result = await interlatent(words, { wrap: steady, env });
    outcome.note(name, result.code === 0 ? undefined : result.err);
    remove(work);
  }
}

function build() {
  const library = execFileSync('c++', ['-print-file-name=libtsan.so'], { encoding: 'utf8' }).trim();
  if (!existsSync(library)) throw new Skipped('this compiler has no ThreadSanitizer');
  const settings = [
    '--CDINTERLATENT_TESTS=ON',
    '--CDINTERLATENT_SANITIZE_THREADS=ON',
    '--CDINTERLATENT_CUDA_EMULATED=OFF',
  ];
  const jobs = ['--parallel', String(availableParallelism())];
  execFileSync('node_modules/.bin/cmake-js', ['build', '--out', BUILD, ...settings, ...jobs], { stdio: 'pipe' });
  execFileSync('cmake', ['--build', BUILD, ...jobs, '--target', 'interlatent_tests'], { stdio: 'pipe' });
  return library;
}
