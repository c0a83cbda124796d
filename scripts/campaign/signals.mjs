// Sends SIGINT, SIGTERM and SIGHUP, once and twice, at random moments. A fit ends with 130 or by the signal, and the
// same command then continues to the same bits.
/* global setTimeout, clearTimeout */
import { badEnd, interlatent, runAll } from './process.mjs';
import { difference, filesIn, freshFolder, remove, workshop } from './workshop.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

export async function signals({ folder, randomOf, quick, concurrency, outcome }) {
  const { commands, reference } = await workshop(folder);
  const tasks = Array.from({ length: quick ? 2 : 4 }, () => [1, 2])
    .flat()
    .flatMap((times) => SIGNALS.map((signal) => ({ signal, times })))
    .map(({ signal, times }, i) => async () => {
      const work = freshFolder(folder);
      const after = 0.2 + 3 * randomOf(i)();
      const what = `fit, ${times} × ${signal} after ${after.toFixed(2)} s`;
      const result = await interlatent(commands.fit(work), {
        onStart: (child) => send(child, signal, { times, after }),
      });
      outcome.count(result.signal ?? `exit ${result.code}`);
      const isSignal = result.signal === signal;
      outcome.note(what, isSignal ? undefined : badEnd(result));
      const again = await interlatent(commands.fit(work));
      outcome.note(`${what}, continued`, badEnd(again) ?? difference((await reference('fit')).files, filesIn(work)));
      remove(work);
    });
  await runAll(quick ? tasks.slice(0, 3) : tasks, concurrency);
}

function send(child, signal, { times, after }) {
  const timer = setTimeout(() => {
    child.kill(signal);
    if (times > 1) setTimeout(() => child.kill(signal), 20);
  }, 1000 * after);
  child.on('exit', () => clearTimeout(timer));
}
