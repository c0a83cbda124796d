// Native targets: built with clang, run by libFuzzer.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Limits, Report } from './supervisor.js';

export const NATIVE_TARGETS: readonly string[] = readdirSync('fuzz/corpus').filter((name) => name.startsWith('plan'));

const BUILD = 'build/native-fuzz';
const MOST_BYTES = 4096;
const CONFIGURATION = ['TESTS=ON', 'TOOLS=ON', 'SANITIZE=ON', 'FUZZ=ON', 'CUDA_EMULATED=OFF'];

export function runNative(target: string, { executions, seconds, seed }: Limits): Report {
  const options = CONFIGURATION.map((option) => `-DINTERLATENT_${option}`);
  run('cmake', ['-S', '.', '-B', BUILD, '-DCMAKE_CXX_COMPILER=clang++', '--log-level=WARNING', ...options]);
  run('cmake', ['--build', BUILD, '--parallel', String(availableParallelism()), '--target', `fuzz_${target}`]);
  const kept = join('build/fuzz/corpus', target);
  const found = join('build/fuzz/findings', target);
  for (const folder of [kept, found]) mkdirSync(folder, { recursive: true });
  const before = new Set(readdirSync(found));
  const limits = [
    `-runs=${executions === 2 ** 31 - 1 ? -1 : executions}`,
    `-max_total_time=${seconds === 1e9 ? 0 : seconds}`,
  ];
  const fixed = [
    '-print_final_stats=1',
    '-timeout=10',
    '-rss_limit_mb=2048',
    `-max_len=${MOST_BYTES}`,
    `-artifact_prefix=${found}/`,
  ];
  const begin = Date.now();
  const { stderr } = spawnSync(
    join(BUILD, 'fuzz/native', `fuzz_${target}`),
    [...limits, ...fixed, `-seed=${seed}`, kept, join('fuzz/corpus', target)],
    { encoding: 'utf8', maxBuffer: 2 ** 30, env: { ...process.env, ASAN_OPTIONS: 'allocator_may_return_null=1' } },
  );
  const findings = readdirSync(found).filter((name) => !before.has(name));
  if (findings.length > 0) process.stdout.write(stderr.slice(-4000));
  const executed = Number(/number_of_executed_units: (\d+)/.exec(stderr)?.[1] ?? 0);
  const edges = Number(Array.from(stderr.matchAll(/cov: (\d+)/g)).at(-1)?.[1] ?? 0);
  return {
    ...{ target, executions: executed, edges, ownEdges: 0, allOwnEdges: 0, findings },
    seconds: (Date.now() - begin) / 1000,
    kept: readdirSync(kept).length,
  };
}

function run(command: string, options: readonly string[]): void {
  const { status, stderr, stdout, error } = spawnSync(command, options, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status === 0) return;
  throw new Error(`${command} ${options.join(' ')}: ${error?.message ?? `${stdout}${stderr}`}`);
}
