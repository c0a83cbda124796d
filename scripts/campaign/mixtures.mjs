// RUN folders whose files are of two fits: every file by itself, and files drawn at random. A command refuses such a
// folder, or reads none of its foreign files: then it says what it says of the fit that run.json is of.
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { badEnd, errorCode, interlatent } from './process.mjs';
import { freshFolder, remove, workshop } from './workshop.mjs';

/** Where the fit was tested, its tables are in the folder. */
const EVIDENCE = ['--evidence', 'quick', '--threads', '1'];

export async function mixtures({ folder, randomOf, quick, tell, outcome }) {
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
      const { result, said } = await answer(name, run);
      if (result.code !== 0) throw new Error(`${name} failed without a fault: ${result.err}`);
      answers[name] = said;
    }
    usual.push(answers);
  }
  for (const name of Object.keys(commands)) {
    if (usual[0][name] === usual[1][name]) throw new Error(`${name} does not tell the two fits apart`);
  }
  for (const [i, foreign] of sets.entries()) {
    const mixed = freshFolder(folder, runs[0]);
    for (const name of foreign) cpSync(join(runs[1], name), join(mixed, name));
    const own = usual[foreign.includes('run.json') ? 1 : 0];
    for (const name of Object.keys(commands)) {
      const { result, said } = await answer(name, mixed);
      outcome.count(result.code === 0 ? 'success' : errorCode(result));
      const isForeign = result.code === 0 && said !== own[name];
      const what = `${name}, with ${foreign.join(', ')} of another fit`;
      outcome.note(what, badEnd(result) ?? (isForeign ? 'answers by them' : undefined));
    }
    remove(mixed);
    if (i % 10 === 9) tell(`${outcome.tried} tried, ${outcome.failures.length} failures so far`);
  }

  /** What a command printed and wrote, whatever the folders are called. */
  async function answer(name, run) {
    const out = freshFolder(folder);
    const result = await interlatent(commands[name](run, out));
    const written = readdirSync(out).map((file) => readFileSync(join(out, file), 'utf8'));
    remove(out);
    const text = [result.out, ...written].join('\n');
    return { result, said: text.replaceAll(out, 'OUT').replaceAll(run, 'RUN').replaceAll(basename(run), 'RUN') };
  }
}
