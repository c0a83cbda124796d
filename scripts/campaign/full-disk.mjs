// A small file system is full after an increasing number of blocks. A command ends with success or `disk-full`, and
// existing files do not change. With free space again, the command gives the usual results.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Skipped } from './outcome.mjs';
import { badEnd, errorCode, interlatent } from './process.mjs';
import { difference, filesIn, remove, workshop } from './workshop.mjs';

const BLOCK = 4096;
const SIZE = 2 ** 20;

export async function fullDisk({ folder, quick, report, outcome }) {
  const { commands, reference } = await workshop(folder);
  const place = join(folder, 'small');
  mkdirSync(place);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'none', place], { stdio: 'pipe' });
  } catch (error) {
    throw new Skipped(`a file system cannot be mounted: ${error.message.split('\n').slice(0, 2).join(' ')}`);
  }
  try {
    for (const name of ['encode', 'discover', 'select', 'fit']) {
      const unrelated = join(place, 'unrelated.txt');
      // Adds blocks until the command succeeds.
      const step = quick ? 7 : 1;
      for (let blocks = 0, succeeded = false; !succeeded; blocks += step) {
        const work = join(place, 'work');
        mkdirSync(work);
        writeFileSync(unrelated, 'content');
        fill(place, blocks);
        const result = await interlatent(commands[name](work));
        succeeded = result.code === 0;
        outcome.count(succeeded ? 'success' : errorCode(result));
        const what = `${name} with ${blocks} blocks free`;
        outcome.note(
          what,
          badEnd(result) ?? (succeeded ? difference((await reference(name)).files, filesIn(work)) : undefined),
        );
        if (!succeeded) {
          if (errorCode(result) !== 'disk-full') outcome.note(what, `another error than disk-full: ${result.err}`);
          const hidden = Object.keys(filesIn(work)).filter((path) => /(^|\/)\.|lock\.json/.test(path));
          outcome.note(`${what}, remaining files`, hidden.length > 0 ? hidden.join(', ') : undefined);
        }
        if (readFileSync(unrelated, 'utf8') !== 'content') outcome.note(what, 'another file was changed');
        remove(join(place, 'filling'));
        // Continues with free space, but only for some of the numbers of blocks, because every fit takes seconds.
        if (!succeeded && blocks % (10 * step) === 0) {
          const second = await interlatent(commands[name](work));
          outcome.note(
            `${what}, repeated with free space`,
            badEnd(second) ?? difference((await reference(name)).files, filesIn(work)),
          );
        }
        remove(work);
      }
      report(`${name}: ${outcome.tried} tried, ${outcome.failures.length} failures so far`);
    }
  } finally {
    execFileSync('umount', ['--lazy', place]);
  }
}

/** Fills the file system except for some blocks. */
function fill(place, blocks) {
  const { bavail, bsize } = statfsSync(place);
  writeFileSync(join(place, 'filling'), new Uint8Array(Math.max(0, bavail * bsize - BLOCK * blocks)));
}
