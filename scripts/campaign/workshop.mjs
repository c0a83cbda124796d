// Prepares what the campaign needs: a tiny study and its fit, the commands that write files, and the files of each
// without disturbance.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { interlatent } from './process.mjs';

const TRAINING = 'training: { fit: joint, encoderRestarts: 1, epochs: 3, batch: 50, hidden: 8 }';
const DISCOVERY = 'discovery: { refits: 2 }';

let prepared;

/** Prepares the workshop once for all parts. */
export function workshop(folder) {
  prepared ??= prepare(join(folder, 'workshop'));
  return prepared;
}

async function prepare(folder) {
  mkdirSync(folder);
  const data = join(folder, 'data');
  await done(['simulate', 'case1', '--samples', '120', '--test', '30', '--out', data]);
  const study = join(data, 'study.yaml');
  const text = readFileSync(study, 'utf8').replace(/^split:.*$/m, 'split: { validation: 20, test: 30, seed: 0 }');
  writeFileSync(study, `${text}${TRAINING}\n${DISCOVERY}\n`);
  const run = join(folder, 'run');
  const threads = ['--threads', '1'];
  await done(['fit', study, '--out', run, ...threads, '--evidence', 'none']);
  // Each command writes to a folder, and gives the same files if it runs there again.
  const commands = {
    fit: (out) => ['fit', study, '--out', join(out, 'run'), ...threads, '--evidence', 'none', '--resume'],
    'fit with evidence': (out) => ['fit', study, '--out', join(out, 'run'), ...threads, '--resume', '--tensorboard'],
    encode: (out) => ['encode', run, study, '--out', join(out, 'latents.csv')],
    select: (out) => [
      'select',
      study,
      '--max-latents',
      '1',
      '--splits',
      '3',
      ...threads,
      '--out',
      join(out, 'selection'),
    ],
    discover: (out) => ['discover', join(data, 'm1.csv'), ...threads, '--out', join(out, 'graph.json')],
    'study run': (out) => ['study', 'run', study, ...threads, '--quick', '--out', join(out, 'result')],
  };
  const known = {};
  // A reference is made when it is first needed, because some take seconds.
  const reference = (name) => (known[name] ??= undisturbed(name));
  async function undisturbed(name) {
    const out = join(folder, 'references', name.replaceAll(' ', '-'));
    mkdirSync(out, { recursive: true });
    await done(commands[name](out));
    return { folder: out, files: filesIn(out) };
  }
  return { data, study, run, commands, reference };
}

async function done(args) {
  const { code, err } = await interlatent(args);
  if (code !== 0) throw new Error(`${args.join(' ')} failed without a fault: ${err}`);
}

let folders = 0;

/** Creates an empty folder or a copy of another one. */
export function freshFolder(parent, from) {
  const path = join(parent, `work-${++folders}`);
  if (from === undefined) mkdirSync(path);
  else cpSync(from, path, { recursive: true });
  return path;
}

/**
 * Returns digests of all files in a folder by path, including hidden files. They do not depend on durations and on the
 * version of Node.
 */
export function filesIn(folder) {
  const files = {};
  for (const path of readdirSync(folder, { recursive: true }).sort()) {
    const full = join(folder, path);
    if (existsSync(full) && lstatSync(full).isFile()) files[path] = digest(path, readFileSync(full), folder);
  }
  return files;
}

function digest(path, bytes, folder) {
  const isText = /\.(json|jsonl|html|svg|csv)$/.test(path);
  const content = isText ? withoutOrigin(bytes.toString()).replaceAll(folder, '') : bytes;
  // TensorBoard's records contain times.
  if (path.includes('tfevents')) return `${bytes.length} bytes`;
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

function withoutOrigin(text) {
  return (
    text
      .replaceAll(/\bv\d+\.\d+\.\d+\b/g, '')
      .replaceAll(/"(seconds|secondsLeft|key)": ?("[^"]*"|[-\d.e+]+)/g, '"$1":0')
      // These are digests of files that contain seconds.
      .replaceAll(/"(metrics\.jsonl|run\/run\.json)": ?"[0-9a-f]{64}"/g, '"$1":0')
      .replaceAll(/\d+(\.\d+)? (s|ms|min)\b/g, '')
  );
}

/** Returns a text on the differences between two lists of files, or undefined if they are equal. */
export function difference(expected, actual) {
  const missing = Object.keys(expected).filter((path) => !(path in actual));
  const more = Object.keys(actual).filter((path) => !(path in expected));
  const other = Object.keys(expected).filter((path) => path in actual && actual[path] !== expected[path]);
  if (missing.length + more.length + other.length === 0) return undefined;
  return Object.entries({ missing, 'left behind': more, 'other bits': other })
    .filter(([, paths]) => paths.length > 0)
    .map(([what, paths]) => `${what}: ${paths.join(', ')}`)
    .join('; ');
}

export function remove(path) {
  rmSync(path, { recursive: true, force: true });
}
