// A command of the built package as a process, and what it may come to.
/* global setTimeout, clearTimeout */
import { execFileSync, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { Skipped } from './outcome.mjs';

export const MAIN = resolve('dist/cli/main.js');
const LIMIT_MS = 600_000;

/**
 * Runs a command to its end.
 * @param options `env`; `wrap`: words before it; `onStart`: gets the process, to do something to it; `limit`:
 *   milliseconds, beyond which it hangs and is killed
 * @returns `{ code, signal, out, err, isHung }`; code null where a signal ended it
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

/** Why an end is neither success nor one coded error; undefined for one that is. */
export function badEnd({ code, signal, out, err, isHung }) {
  if (isHung) return `hangs: ${(err || out).slice(-1500)}`;
  const told = `exit ${code ?? signal}: ${(err || out).slice(-1500)}`;
  if (code === 0) return undefined;
  if (![1, 2, 130].includes(code)) return told;
  if (/^\s+at .*:\d+/m.test(err)) return `a stack trace, ${told}`;
  if (code === 130) return undefined;
  const codes = errorCodes(err);
  if (codes.length !== 1) return `${codes.length} errors, ${told}`;
  if (['unexpected', 'internal'].includes(codes[0])) return told;
  return undefined;
}

/** Of errors for people and, with --json, for machines; undefined for one without a code. */
function errorCodes(err) {
  const told = [...err.matchAll(/^error(?: \[([\w-]+)\])?|^\{"error":\{"code":"([\w-]+)"/gm)];
  return told.map(([, people, machines]) => people ?? machines);
}

export function errorCode({ err }) {
  return errorCodes(err)[0];
}

/** Runs tasks, several at a time. */
export async function allOf(tasks, atOnce) {
  const waiting = [...tasks];
  const work = async () => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await task();
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** The library that brings faults into a process; its environment. */
export function faultLibrary(folder) {
  const path = join(folder, 'faults.so');
  try {
    const source = resolve('scripts/campaign/faults.cc');
    execFileSync('c++', ['-std=c++20', '-O2', '-fPIC', '-shared', '-o', path, source, '-ldl'], { stdio: 'pipe' });
  } catch (error) {
    throw new Skipped(`no C++ compiler: ${error.message.split('\n')[0]}`);
  }
  return (settings) => ({
    LD_PRELOAD: path,
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [`FAULT_${name}`, String(value)])),
  });
}
