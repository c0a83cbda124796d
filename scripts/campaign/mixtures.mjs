// RUN folders with files of two fits: each file alone, and random sets of files. A command refuses such a folder, or
// reads none of the foreign files. In the latter case its answer is that for the fit that run.json belongs to.
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { badEnd, errorCode, interlatent } from './process.mjs';
import { freshFolder, remove, workshop } from './workshop.mjs';

/** Options that test the fit, so that its tables are in the folder. */
const EVIDENCE = ['--evidence', 'quick', '--threads', '1'];

export async function mixtures({ folder, randomOf, quick, report, outcome }) {
  const { data, study } = await workshop(folder);
  const runs = ['0', '1'].map((seed) => join(folder, `mixed-${seed}`));
  for (const [seed, run] of runs.entries()) {
    const { code, err } = await interlatent(['fit', study, '--out', run, '--seed', String(seed), ...EVIDENCE]);
    if (code !== 0) throw new Error(`the fit with seed ${seed} failed without a fault: ${err}`);
  }
  const threads = ['--threads', '1'];
  const commands = {
    encode: (run, out) => ['encode', run, study, '--out', join(out, 'latents.csv')],
    graph: (run) => ['graph', run, '--format', 'json'],
    report: (run, out) => ['report', run, '--out', join(out, 'report.html')],
    discover: (run) => ['discover', run, ...threads, '--json'],
    evaluate: (run) => ['evaluate', run, '--truth', join(data, 'truth.npz'), '--json'],
  };
  const files = readdirSync(runs[0]);
  const random = randomOf();
  const drawn = () => files.filter(() => random() < 0.5);
  const sets = [...files.map((name) => [name]), ...Array.from({ length: quick ? 3 : 40 }, drawn)];
  const usual = [];
  for (const run of runs) {
    const answers = {};
    for (const name of Object.keys(commands)) {
      const { result, text } = await answer(name, run);
      if (result.code !== 0) throw new Error(`${name} failed without a fault: ${result.err}`);
      answers[name] = text;
    }
    usual.push(answers);
  }
  for (const name of Object.keys(commands)) {
    if (usual[0][name] === usual[1][name]) throw new Error(`${name} has equal answers for the two fits`);
  }
  for (const [i, foreign] of sets.entries()) {
    const mixed = freshFolder(folder, runs[0]);
    for (const name of foreign) cpSync(join(runs[1], name), join(mixed, name));
    const expected = usual[foreign.includes('run.json') ? 1 : 0];
    for (const name of Object.keys(commands)) {
      const { result, text } = await answer(name, mixed);
      outcome.count(result.code === 0 ? 'success' : errorCode(result));
      const isForeign = result.code === 0 && text !== expected[name];
      const what = `${name}, with ${foreign.join(', ')} of another fit`;
      outcome.note(what, badEnd(result) ?? (isForeign ? 'the answer depends on the foreign files' : undefined));
    }
    remove(mixed);
    if (i % 10 === 9) report(`${outcome.tried} tried, ${outcome.failures.length} failures so far`);
  }

  /** Runs a command and returns what it prints and writes, without the names of folders. */
  async function answer(name, run) {
    const out = freshFolder(folder);
    const result = await interlatent(commands[name](run, out));
    const written = readdirSync(out).map((file) => readFileSync(join(out, file), 'utf8'));
    remove(out);
    const text = [result.out, ...written].join('\n');
    return { result, text: text.replaceAll(out, 'OUT').replaceAll(run, 'RUN').replaceAll(basename(run), 'RUN') };
  }
}
