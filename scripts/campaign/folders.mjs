// Two processes fit in one folder: one succeeds, the other is refused. A folder is removed while a command works in it:
// the command ends with success or one coded error.
/* global setTimeout, setInterval, clearInterval */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { badEnd, errorCode, interlatent } from './process.mjs';
import { difference, filesIn, freshFolder, remove, workshop } from './workshop.mjs';

export async function folders({ folder, randomOf, quick, outcome }) {
  const { commands, reference } = await workshop(folder);
  for (let i = 0; i < (quick ? 1 : 6); i++) {
    const work = freshFolder(folder);
    const two = await Promise.all([0, 1].map(() => interlatent(commands.fit(work))));
    for (const result of two) {
      outcome.count(result.code === 0 ? 'success' : errorCode(result));
      outcome.note('two fits in a folder', badEnd(result));
    }
    const isOne = two.some(({ code }) => code === 0);
    outcome.note(
      'two fits in a folder',
      isOne ? difference((await reference('fit')).files, filesIn(work)) : 'no fit succeeded',
    );
    remove(work);
  }
  const names = quick ? ['fit'] : ['fit', 'fit', 'fit', 'select', 'encode', 'study run', 'study run'];
  for (const [i, name] of names.entries()) {
    const work = freshFolder(folder);
    const place = join(work, { fit: 'run', select: 'selection', encode: '', 'study run': 'result' }[name]);
    const after = 1500 * randomOf(i)();
    const result = await interlatent(commands[name](work), {
      onStart: (child) => {
        // The delay begins when the command creates its folder.
        const timer = setInterval(() => {
          if (!existsSync(place)) return;
          clearInterval(timer);
          setTimeout(() => remove(place), after);
        }, 5);
        child.on('exit', () => clearInterval(timer));
      },
    });
    outcome.count(result.code === 0 ? 'success' : errorCode(result));
    outcome.note(`${name}, folder removed ${after.toFixed(0)} ms after its creation`, badEnd(result));
    remove(work);
  }
}
