// Kills a command with kill -9 at random moments and file operations until it ends. The results must have the bits of
// an undisturbed run, without additional files.
/* global performance, setTimeout, clearTimeout */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { badEnd, faultLibrary, interlatent, runAll } from './process.mjs';
import { pick } from './random.mjs';
import { difference, filesIn, freshFolder, remove, workshop } from './workshop.mjs';

const BEFORE = 0;
const AFTER = -1;
/** Share of the kills for each command. */
const SHARES = { fit: 0.25, encode: 0.28, discover: 0.28, select: 0.08, 'fit with evidence': 0.05, 'study run': 0.06 };
/** Maximal number of kills before a command may end. Without a limit, a command would take hours. */
const MAX_KILLS = 8;

export async function kills({ folder, randomOf, kills: wanted, concurrency, report, outcome }) {
  const faults = faultLibrary(folder);
  const { commands, reference } = await workshop(folder);
  const tasks = Object.entries(SHARES).map(([name, share]) => async () => {
    const random = randomOf(name);
    const args = commands[name];
    const { calls, milliseconds } = await undisturbed(name);
    for (let remaining = Math.max(1, Math.round(share * wanted)); remaining > 0;) {
      const work = freshFolder(folder);
      const moments = [];
      let ended;
      while (moments.length < Math.min(MAX_KILLS, remaining) && ended === undefined) {
        const moment = randomMoment(random, { calls, milliseconds });
        const result = await interlatent(args(work), moment.options(work));
        if (result.signal === 'SIGKILL' && !result.isHung) moments.push(moment.text);
        else ended = result;
      }
      ended ??= await interlatent(args(work));
      const failure = badEnd(ended) ?? (ended.code === 0 ? undefined : ended.err);
      const problem = failure ?? difference((await reference(name)).files, filesIn(work));
      for (let kill = 0; kill < moments.length; kill++) outcome.count(name);
      outcome.note(`${name}, killed ${moments.join(', ')}`, problem, Math.max(1, moments.length));
      remaining -= Math.max(1, moments.length);
      remove(work);
      report(
        `${name}: ${outcome.figures[name] ?? 0} kills; ${outcome.failures.length} failures of all commands so far`,
      );
    }
  });
  await runAll(tasks, concurrency);

  async function undisturbed(name) {
    const work = freshFolder(folder);
    const log = join(folder, `calls-${name.replaceAll(' ', '-')}`);
    const began = performance.now();
    await interlatent(commands[name](work), { env: faults({ UNDER: work, LOG: log }) });
    const milliseconds = performance.now() - began;
    const calls = readFileSync(log, 'utf8').trim().split('\n').length;
    remove(work);
    return { calls, milliseconds };
  }

  function randomMoment(random, { calls, milliseconds }) {
    if (random() < 0.4) {
      const after = Math.round(milliseconds * (0.15 + 0.85 * random()));
      const onStart = (child) => {
        const timer = setTimeout(() => child.kill('SIGKILL'), after);
        child.on('exit', () => clearTimeout(timer));
      };
      return { text: `after ${after} ms`, options: () => ({ onStart }) };
    }
    const call = 1 + Math.floor(random() * calls);
    const side = pick(random, [BEFORE, AFTER]);
    const text = `${side === BEFORE ? 'before' : 'after'} call ${call}`;
    return { text, options: (work) => ({ env: faults({ UNDER: work, AT: call, ERRNO: side }) }) };
  }
}
