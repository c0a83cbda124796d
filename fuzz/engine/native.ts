// Builds native targets with clang and runs them with libFuzzer.

import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Limits, Report } from './supervisor.js';

/** The targets that fuzz/native/CMakeLists.txt lists. */
export const NATIVE_TARGETS: readonly string[] = /set\(INTERLATENT_TARGETS ([^)]+)\)/
  .exec(readFileSync('fuzz/native/CMakeLists.txt', 'utf8'))![1]
  .split(' ');

const BUILD = 'build/native-fuzz';
const MAX_BYTES = 4096;
/** libFuzzer measures wall time, which may be long on a busy machine. */
const MAX_SECONDS = 120;
const CONFIGURATION = ['TESTS=ON', 'TOOLS=ON', 'SANITIZE=ON', 'FUZZ=ON', 'CUDA_EMULATED=OFF'];

export function runNative(target: string, { executions, seconds, seed }: Limits): Report {
  const options = CONFIGURATION.map((option) => `-DINTERLATENT_${option}`);
  run('cmake', ['-S', '.', '-B', BUILD, '-DCMAKE_CXX_COMPILER=clang++', '--log-level=WARNING', ...options]);
  run('cmake', ['--build', BUILD, '--parallel', String(availableParallelism()), '--target', `fuzz_${target}`]);
  const corpus = join('build/fuzz/corpus', target);
  const artifacts = join('build/fuzz/findings', target);
  for (const folder of [corpus, artifacts]) mkdirSync(folder, { recursive: true });
  const before = new Set(readdirSync(artifacts));
  const limits = [`-runs=${executions ?? -1}`, `-max_total_time=${seconds ?? 0}`];
  const fixed = [
    '-print_final_stats=1',
    `-timeout=${MAX_SECONDS}`,
    `-report_slow_units=${MAX_SECONDS}`,
    '-rss_limit_mb=2048',
    `-max_len=${MAX_BYTES}`,
    `-artifact_prefix=${artifacts}/`,
  ];
  const begin = Date.now();
  const ended = spawnSync(
    join(BUILD, 'fuzz/native', `fuzz_${target}`),
    [...limits, ...fixed, `-seed=${seed}`, corpus, join('fuzz/corpus', target)],
    { encoding: 'utf8', maxBuffer: 2 ** 30, env: { ...process.env, ASAN_OPTIONS: 'allocator_may_return_null=1' } },
  );
  const { stderr } = ended;
  const findings = findingsOf(ended, artifacts, before);
  if (findings.length > 0) process.stdout.write(`${stderr.slice(-4000)}\n`);
  const executed = Number(/number_of_executed_units: (\d+)/.exec(stderr)?.[1] ?? 0);
  const edges = Number(Array.from(stderr.matchAll(/cov: (\d+)/g)).at(-1)?.[1] ?? 0);
  return {
    ...{ target, executions: executed, edges, sourceEdges: 0, allSourceEdges: 0, findings },
    seconds: (Date.now() - begin) / 1000,
    retained: readdirSync(corpus).length,
  };
}

/**
 * Returns new files of findings. If the fuzzer fails without one, returns the known file that it names, or how it
 * ended.
 */
export function findingsOf(
  { status, signal, stderr, error }: Pick<SpawnSyncReturns<string>, 'status' | 'signal' | 'stderr' | 'error'>,
  folder: string,
  before: ReadonlySet<string>,
): string[] {
  const added = readdirSync(folder).filter((name) => !before.has(name));
  if (status === 0 || added.length > 0) return added;
  // The name of a crash is the digest of its input, so a repeated crash adds no file.
  const known = /Test unit written to (\S+)/.exec(stderr)?.[1];
  return [known ?? `ended with ${error?.message ?? status ?? signal}`];
}

function run(command: string, options: readonly string[]): void {
  const { status, stderr, stdout, error } = spawnSync(command, options, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status === 0) return;
  throw new Error(`${command} ${options.join(' ')}: ${error?.message ?? `${stdout}${stderr}`}`);
}
