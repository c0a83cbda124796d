// Runs a command line with a bad input and judges its answer.

import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommandLine } from '../../src/cli/command-line.js';
import type { BadInput, Entry } from './case.js';

export interface Answer {
  readonly code: number;
  readonly text: string;
  /** Processor time of all threads together. */
  readonly seconds: number;
  /** Increase of the peak memory in megabytes. */
  readonly megabytes: number;
  /** Paths that the command wrote, changed or removed. */
  readonly touched: readonly string[];
}

const MAX_SECONDS = 2;
const MAX_MEGABYTES = 500;
/** Maximal length of a message, because people read it. */
const MAX_LENGTH = 5000;

/**
 * Returns a text if an answer took too much time or memory. Only `npm run test:bad-inputs` checks this, because
 * machines differ.
 */
export function excessOf({ seconds, megabytes }: Answer): string | undefined {
  if (seconds > MAX_SECONDS) return `took ${seconds.toFixed(1)} s`;
  if (megabytes > MAX_MEGABYTES) return `took ${Math.round(megabytes)} MB`;
  return undefined;
}

/** Returns a text on what is wrong with an answer, or undefined if it is right. */
export function problemOf({ exit = 2, mayBeGood = false }: BadInput, answer: Answer): string | undefined {
  const { code, text, touched } = answer;
  if (mayBeGood && code === 0) return undefined;
  if (touched.length > 0) return `touched ${touched.join(', ')}`;
  if (code !== exit && !(mayBeGood && code === 1)) return `ended with ${code}: ${text.slice(0, 300)}`;
  if (/^ {4}at .*:\d+/m.test(text) || text.includes('[unexpected]')) return `shows a stack: ${text.slice(0, 600)}`;
  if (text.length > MAX_LENGTH) return `writes ${text.length} characters`;
  const errors = text.split('\n').filter((line) => /^error(?: \[[\w-]+\]|:)/.test(line));
  return errors.length === 1 ? undefined : `has ${errors.length} errors: ${text.slice(0, 300)}`;
}

/** Runs a bad input. @param base folder with the fixtures, in which the case gets a folder */
export async function answerTo(input: BadInput, base: string): Promise<Answer> {
  const folder = join(base, 'case');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, entry] of Object.entries(input.files ?? {})) put(join(folder, name), entry);
  const args = input.args.map((arg) => arg.replaceAll('@/', `${folder}/`).replaceAll('#/', `${base}/`));
  const before = statesOf(base);
  const memory = peakMemory();
  const used = process.cpuUsage();
  const { code, text } = await captured(() => runCommandLine(args));
  const { user, system } = process.cpuUsage(used);
  const after = statesOf(base);
  const touched = [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  );
  return { code, text, seconds: (user + system) / 1e6, megabytes: memory(), touched };
}

function put(path: string, entry: Entry): void {
  mkdirSync(dirname(path), { recursive: true });
  if (typeof entry === 'string' || entry instanceof Uint8Array) writeFileSync(path, entry);
  else if ('linkTo' in entry) symlinkSync(entry.linkTo, path);
  else if (entry.is === 'folder') mkdirSync(path);
  else execFileSync('mkfifo', [path]);
}

/** Returns every path in a folder with a text that changes if the path is written. */
function statesOf(folder: string): Map<string, string> {
  const states = new Map<string, string>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const entry = lstatSync(join(folder, name));
    const { size, mtimeMs, ino, mode } = entry;
    // The times of a folder are left out, because a temporary file changes them.
    states.set(name, (entry.isDirectory() ? [ino, mode] : [size, mtimeMs, ino, mode]).join(' '));
  }
  return states;
}

/** Starts to measure the peak memory. @returns a function that returns its increase in megabytes, 0 except on Linux */
function peakMemory(): () => number {
  const megabytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'latin1'))?.[1]) / 1024;
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    return () => 0;
  }
  const before = megabytes('VmRSS');
  return () => megabytes('VmHWM') - before;
}

/** Runs a command and returns its exit code and its text on standard error. */
async function captured(work: () => Promise<number>): Promise<{ code: number; text: string }> {
  const { stdout, stderr } = process;
  const [out, err] = [stdout.write.bind(stdout), stderr.write.bind(stderr)];
  let text = '';
  stdout.write = () => true;
  stderr.write = (chunk) => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    return true;
  };
  try {
    const code = await work();
    return { code, text };
  } finally {
    stdout.write = out;
    stderr.write = err;
  }
}
