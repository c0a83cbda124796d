// Runs commands of the built package as processes, and judges how they end.
/* global setTimeout, clearTimeout */
import { execFileSync, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { Skipped } from './outcome.mjs';

export const MAIN = resolve('dist/cli/main.js');
const LIMIT_MS = 600_000;

/**
 * Runs a command to its end.
 * @param options `env`; `wrap`: words before the command; `onStart`: called with the process, to disturb it; `limit`:
 *   milliseconds after which the process counts as hung and is killed
 * @returns `{ code, signal, out, err, isHung }`; `code` is null if a signal ended the process
 */
export function interlatent(args, { env = {}, wrap = [], onStart, node = process.execPath, limit = LIMIT_MS } = {}) {
  const [program, ...rest] = [...wrap, node, MAIN, ...args];
  return new Promise((fulfil) => {
    const child = spawn(program, rest, { env: { ...process.env, NODE_OPTIONS: '', ...env }, stdio: 'pipe' });
    const texts = { out: '', err: '' };
    child.stdout.on('data', (piece) => (texts.out += piece));
    child.stderr.on('data', (piece) => (texts.err += piece));
    let isHung = false;
    const hanging = setTimeout(() => {
      isHung = true;
      child.kill('SIGKILL');
    }, limit);
    child.on('close', (code, signal) => {
      clearTimeout(hanging);
      fulfil({ code, signal, isHung, ...texts });
    });
    onStart?.(child);
  });
}

/** Returns the reason why an end is neither success nor one coded error, or undefined if it is one of these. */
export function badEnd({ code, signal, out, err, isHung }) {
  if (isHung) return `hangs: ${(err || out).slice(-1500)}`;
  const end = `exit ${code ?? signal}: ${(err || out).slice(-1500)}`;
  if (code === 0) return undefined;
  if (![1, 2, 130].includes(code)) return end;
  if (/^\s+at .*:\d+/m.test(err)) return `a stack trace, ${end}`;
  if (code === 130) return undefined;
  const codes = errorCodes(err);
  if (codes.length !== 1) return `${codes.length} errors, ${end}`;
  if (['unexpected', 'internal'].includes(codes[0])) return end;
  return undefined;
}

/** Returns the codes of all errors, in text or, with --json, in JSON; undefined for an error without a code. */
function errorCodes(err) {
  const errors = [...err.matchAll(/^error(?: \[([\w-]+)\])?|^\{"error":\{"code":"([\w-]+)"/gm)];
  return errors.map(([, inText, inJson]) => inText ?? inJson);
}

export function errorCode({ err }) {
  return errorCodes(err)[0];
}

/** Runs all tasks, `concurrency` of them at the same time. */
export async function runAll(tasks, concurrency) {
  const waiting = [...tasks];
  const work = async () => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await task();
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}

/** Builds the library that injects faults. @returns a function from settings to the environment of a process */
export function faultLibrary(folder) {
  const path = join(folder, 'faults.so');
  try {
    const source = resolve('scripts/campaign/faults.cc');
    execFileSync('c++', ['-std=c++20', '-O2', '-fPIC', '-shared', '-o', path, source, '-ldl'], { stdio: 'pipe' });
  } catch (error) {
    throw new Skipped(`there is no C++ compiler: ${error.message.split('\n')[0]}`);
  }
  return (settings) => ({
    LD_PRELOAD: path,
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [`FAULT_${name}`, String(value)])),
  });
}
