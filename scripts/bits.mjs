// `node scripts/bits.mjs OUT.json [WORK]`, after `npm run setup`, writes hashes of the results that this checkout
// computes: fits of every kind, latents, graphs, selection, discovery, experiments, and one NHANES study. Two checkouts
// with equal hashes compute the same bits. Seconds, versions and paths are not hashed. Takes about ten minutes; compare
// two files with `diff`.
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [out, work = 'build/bits'] = process.argv.slice(2);
if (out === undefined) throw new Error('usage: node scripts/bits.mjs OUT.json [WORK]');
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });

const hashes = {};
const sha = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);
const VOLATILE = new Set([
  'seconds',
  // One of these digests is that of a file with seconds.
  'files',
  'format',
  'file',
  'device',
  'machine',
  'node',
  'version',
  'commit',
  'command',
  'studyFile',
  'out',
  'folder',
]);
/** Renamed keys with their names up to interlatent-run-5. */
const FORMER_KEYS = new Map([
  ['stages', 'parts'],
  ['stage', 'part'],
  ['phase', 'stage'],
  ['chosenRestart', 'chosenRun'],
  ['restart', 'run'],
  ['encoderRestarts', 'runs'],
  ['componentRestarts', 'restarts'],
  ['regularArray', 'grid'],
  ['conditioning', 'given'],
  ['minRows', 'fewestRows'],
  ['maxRows', 'mostRows'],
]);

/** Returns the value under its former names, so that the hashes of both formats of RUN folders can be compared. */
function withFormerNames(value) {
  if (Array.isArray(value)) return value.map((entry) => withFormerNames(entry));
  if (value === 'two-stage') return 'two-part';
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => {
      const isSplitName = name === 'split' && typeof entry === 'string';
      const former = isSplitName ? 'part' : (FORMER_KEYS.get(name) ?? name);
      return [former, withFormerNames(entry)];
    }),
  );
}

const stable = (value) =>
  JSON.stringify(withFormerNames(value), (key, entry) => (VOLATILE.has(key) ? undefined : entry));

function outputOf(program, ...args) {
  process.stderr.write(`${program} ${args.join(' ')}\n`);
  const options = { encoding: 'utf8', maxBuffer: 2 ** 30, stdio: ['ignore', 'pipe', 'inherit'] };
  return execFileSync(process.execPath, [program, ...args], options);
}

function interlatent(...args) {
  return outputOf('dist/cli/main.js', ...args);
}

function reproduce(...args) {
  return outputOf('build/reproduction/main.js', ...args);
}

/** Hashes each tensor of a file, without the metadata of the header. */
function hashSafetensors(name, path) {
  const bytes = readFileSync(path);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, start).toString());
  delete header.__metadata__;
  for (const [
    tensor,
    {
      data_offsets: [from, to],
      shape,
    },
  ] of Object.entries(header)) {
    hashes[`${name}/${tensor} [${shape.join()}]`] = sha(bytes.subarray(start + from, start + to));
  }
}

function hashRun(name, folder) {
  hashSafetensors(name, join(folder, 'model.safetensors'));
  hashes[`${name}/graph.json`] = sha(readFileSync(join(folder, 'graph.json')));
  const { fingerprint, columns, stages, agreement, determination } = JSON.parse(readFileSync(join(folder, 'run.json')));
  const { heldOut } = JSON.parse(readFileSync(join(folder, 'subjects.json')));
  hashes[`${name}/run.json`] = sha(stable({ fingerprint, heldOut, columns, stages, agreement, determination }));
  const lines = readFileSync(join(folder, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const metrics = lines.map(({ stage, epoch, phase, learningRate, training, validation }) => ({
    stage,
    epoch,
    phase,
    learningRate,
    training,
    validation,
  }));
  hashes[`${name}/metrics.jsonl`] = sha(stable(metrics));
}

function hashFit(name, study, ...options) {
  const run = join(work, name);
  interlatent('fit', study, '--out', run, '--threads', '2', ...options);
  hashRun(name, run);
  const latents = join(work, `${name}.csv`);
  interlatent('encode', run, study, '--out', latents);
  hashes[`${name}/encode`] = sha(readFileSync(latents));
  return run;
}

function simulated(name, ...options) {
  interlatent('simulate', name, '--out', join(work, name), ...options);
  return join(work, name, 'study.yaml');
}

/** Writes the study with an additional line, which replaces a line with the same key. @returns its path */
function variant(study, line) {
  const path = study.replace('study.yaml', `${sha(line)}.yaml`);
  const key = line.slice(0, line.indexOf(':'));
  const rest = readFileSync(study, 'utf8').replace(new RegExp(`^${key}:.*\\n`, 'm'), '');
  writeFileSync(path, `${rest}${line}\n`);
  return path;
}

const case1 = simulated('case1', '--seed', '0');
const run = hashFit('case1-two-stage', case1);
hashes['case1-two-stage/discover'] = sha(stable(JSON.parse(interlatent('discover', run, '--json'))));
hashes['case1-two-stage/evaluate'] = sha(
  stable(JSON.parse(interlatent('evaluate', run, '--truth', join(work, 'case1/truth.npz'), '--json'))),
);
hashes['case1/select'] = sha(stable(JSON.parse(interlatent('select', case1, '--json'))));
hashes['case1/inspect'] = sha(stable(JSON.parse(interlatent('inspect', case1, '--json'))));
const small = simulated('case2', '--seed', '3', '--samples', '1500', '--test', '200');
const short = ['--epochs', '6', '--encoder-restarts', '3'];
for (const kind of ['gates', 'jacobian', 'both', 'none']) {
  hashFit(`case2-joint-${kind}`, variant(small, `sparsity: { kind: ${kind} }`), ...short, '--fit', 'joint');
}
hashFit('case2-joint-affine', variant(small, 'training: { flow: affine }'), ...short, '--fit', 'joint');
const shared = simulated('shared3', '--seed', '1', '--samples', '1500', '--test', '200');
hashFit('shared3-two-stage', shared, ...short, '--component-restarts', '8');
hashFit('case2-two-stage-cyclic', variant(small, 'sparsity: { graph: cyclic }'), ...short, '--component-restarts', '8');

reproduce('all', '--quick', '--out', join(work, 'reproduce'));
for (const file of readdirSync(join(work, 'reproduce/fits')).sort()) {
  if (file.endsWith('.json')) {
    hashes[`reproduce/${file}`] = sha(stable(JSON.parse(readFileSync(join(work, 'reproduce/fits', file)))));
  }
}

const nhanes = 'examples/phenotype/nhanes-2013-2014/study.yaml';
if (existsSync('../shared/data/nhanes')) {
  interlatent('study', 'run', nhanes, '--out', join(work, 'nhanes'));
  for (const folder of readdirSync(join(work, 'nhanes'), { recursive: true })) {
    const at = join(work, 'nhanes', folder);
    if (existsSync(join(at, 'run.json'))) hashRun(`nhanes/${folder}`, at);
    if (/discovery.*\.json$/.test(folder)) hashes[`nhanes/${folder}`] = sha(stable(JSON.parse(readFileSync(at))));
  }
  if (existsSync(join(work, 'nhanes/run.json'))) hashRun('nhanes', join(work, 'nhanes'));
}
writeFileSync(out, `${JSON.stringify(hashes, null, 1)}\n`);
console.log(`${Object.keys(hashes).length} hashes in ${out}`);
