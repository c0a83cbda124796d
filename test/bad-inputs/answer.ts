// What a command line answers to a bad input, and what is wrong with that.

import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommandLine } from '../../src/cli/command-line.js';
import type { BadInput, Entry } from './case.js';

export interface Answer {
  readonly code: number;
  readonly text: string;
  /** Of processor time, all threads together. */
  readonly seconds: number;
  /** Megabytes beyond what the process had before. */
  readonly megabytes: number;
  /** What it wrote, changed or removed. */
  readonly touched: readonly string[];
}

const MAX_SECONDS = 2;
const MAX_MEGABYTES = 500;
/** A message is read by people. */
const LONGEST = 5000;

/** @returns undefined where it took no more than it may: asked by `npm run test:bad-inputs` alone, as machines differ */
export function excessOf({ seconds, megabytes }: Answer): string | undefined {
  if (seconds > MAX_SECONDS) return `took ${seconds.toFixed(1)} s`;
  if (megabytes > MAX_MEGABYTES) return `took ${Math.round(megabytes)} MB`;
  return undefined;
}

/** @returns undefined where the answer is as it must be */
export function problemOf({ exit = 2, mayBeGood = false }: BadInput, answer: Answer): string | undefined {
  const { code, text, touched } = answer;
  if (mayBeGood && code === 0) return undefined;
  if (touched.length > 0) return `touched ${touched.join(', ')}`;
  if (code !== exit && !(mayBeGood && code === 1)) return `ended with ${code}: ${text.slice(0, 300)}`;
  if (/^ {4}at .*:\d+/m.test(text) || text.includes('[unexpected]')) return `shows a stack: ${text.slice(0, 600)}`;
  if (text.length > LONGEST) return `says ${text.length} letters`;
  const errors = text.split('\n').filter((line) => /^error(?: \[[\w-]+\]|:)/.test(line));
  return errors.length === 1 ? undefined : `has ${errors.length} errors: ${text.slice(0, 300)}`;
}

/** @param base folder with the fixtures, where the case gets a folder of its own */
export async function answerTo(input: BadInput, base: string): Promise<Answer> {
  const own = join(base, 'case');
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own);
  for (const [name, entry] of Object.entries(input.files ?? {})) put(join(own, name), entry);
  const args = input.args.map((arg) => arg.replaceAll('@/', `${own}/`).replaceAll('#/', `${base}/`));
  const before = look(base);
  const memory = peakMemory();
  const used = process.cpuUsage();
  const { code, text } = await captured(() => runCommandLine(args));
  const { user, system } = process.cpuUsage(used);
  const after = look(base);
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

/** Every path below a folder, with what changes when it is written. */
function look(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const entry = lstatSync(join(folder, name));
    const { size, mtimeMs, ino, mode } = entry;
    // A folder's times change also with a file that is there for a moment.
    found.set(name, (entry.isDirectory() ? [ino, mode] : [size, mtimeMs, ino, mode]).join(' '));
  }
  return found;
}

/** Linux alone knows the peak of a while; elsewhere 0. @returns gives the megabytes beyond those of now */
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

/** What is printed meanwhile, but for what goes to standard output. */
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
