// What the campaign works on: a tiny study and a fit of it, the commands that write files, and what each writes when
// nothing disturbs it.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { interlatent } from './process.mjs';

const TRAINING = 'training: { fit: joint, encoderRestarts: 1, epochs: 3, batch: 50, hidden: 8 }';
const DISCOVERY = 'discovery: { refits: 2 }';

let made;

/** Made once for all parts. */
export function workshop(folder) {
  made ??= make(join(folder, 'workshop'));
  return made;
}

async function make(folder) {
  mkdirSync(folder);
  const data = join(folder, 'data');
  await done(['simulate', 'case1', '--samples', '120', '--test', '30', '--out', data]);
  const study = join(data, 'study.yaml');
  const text = readFileSync(study, 'utf8').replace(/^split:.*$/m, 'split: { validation: 20, test: 30, seed: 0 }');
  writeFileSync(study, `${text}${TRAINING}\n${DISCOVERY}\n`);
  const run = join(folder, 'run');
  const threads = ['--threads', '1'];
  await done(['fit', study, '--out', run, ...threads, '--evidence', 'none']);
  // Each writes below a folder that it is given, and comes to the same when it is given again.
  const commands = {
    fit: (out) => ['fit', study, '--out', join(out, 'run'), ...threads, '--evidence', 'none', '--resume'],
    'fit with evidence': (out) => ['fit', study, '--out', join(out, 'run'), ...threads, '--resume', '--tensorboard'],
    encode: (out) => ['encode', run, study, '--out', join(out, 'latents.csv')],
    select: (out) => ['select', study, '--max-latents', '1', '--splits', '3', ...threads, '--out', join(out, 'selection')],
    discover: (out) => ['discover', join(data, 'm1.csv'), ...threads, '--out', join(out, 'graph.json')],
    'study run': (out) => ['study', 'run', study, ...threads, '--quick', '--out', join(out, 'result')],
  };
  const known = {};
  // Made when it is first asked for: some take seconds.
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

/** An empty folder, or a copy of another. */
export function freshFolder(parent, from) {
  const path = join(parent, `work-${++folders}`);
  if (from === undefined) mkdirSync(path);
  else cpSync(from, path, { recursive: true });
  return path;
}

/**
 * Digests of all files below a folder by path, hidden ones too; of what a result says of its own duration and of Node's
 * version, nothing.
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
  // TensorBoard's records have times within.
  if (path.includes('tfevents')) return `${bytes.length} bytes`;
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

function withoutOrigin(text) {
  return (
    text
      .replaceAll(/\bv\d+\.\d+\.\d+\b/g, '')
      .replaceAll(/"(seconds|secondsLeft|key)": ?("[^"]*"|[-\d.e+]+)/g, '"$1":0')
      // Digests of files that have seconds.
      .replaceAll(/"(metrics\.jsonl|run\/run\.json)": ?"[0-9a-f]{64}"/g, '"$1":0')
      .replaceAll(/\d+(\.\d+)? (s|ms|min)\b/g, '')
  );
}

/** How two lists of files differ; undefined where they do not. */
export function difference(expected, found) {
  const missing = Object.keys(expected).filter((path) => !(path in found));
  const more = Object.keys(found).filter((path) => !(path in expected));
  const other = Object.keys(expected).filter((path) => path in found && found[path] !== expected[path]);
  if (missing.length + more.length + other.length === 0) return undefined;
  const told = { missing, 'left behind': more, 'other bits': other };
  return Object.entries(told)
    .filter(([, paths]) => paths.length > 0)
    .map(([what, paths]) => `${what}: ${paths.join(', ')}`)
    .join('; ');
}

export function remove(path) {
  rmSync(path, { recursive: true, force: true });
}
