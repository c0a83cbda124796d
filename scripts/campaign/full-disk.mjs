// A small file system, full after more and more blocks: a command ends with success or `disk-full`, what was there
// stays whole, and with room again it comes to the usual results.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Skipped } from './outcome.mjs';
import { badEnd, errorCode, interlatent } from './process.mjs';
import { difference, filesIn, remove, workshop } from './workshop.mjs';

const BLOCK = 4096;
const SIZE = 2 ** 20;

export async function fullDisk({ folder, quick, tell, outcome }) {
  const { commands, reference } = await workshop(folder);
  const place = join(folder, 'small');
  mkdirSync(place);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'none', place], { stdio: 'pipe' });
  } catch (error) {
    throw new Skipped(`nothing can be mounted here: ${error.message.split('\n').slice(0, 2).join(' ')}`);
  }
  try {
    for (const name of ['encode', 'discover', 'select', 'fit']) {
      const kept = join(place, 'kept.txt');
      // One block more until the command succeeds.
      const step = quick ? 7 : 1;
      for (let blocks = 0, succeeded = false; !succeeded; blocks += step) {
        const work = join(place, 'work');
        mkdirSync(work);
        writeFileSync(kept, 'kept');
        filled(place, blocks);
        const result = await interlatent(commands[name](work));
        succeeded = result.code === 0;
        outcome.count(succeeded ? 'success' : errorCode(result));
        const what = `${name} with ${blocks} blocks free`;
        outcome.note(
          what,
          badEnd(result) ?? (succeeded ? difference((await reference(name)).files, filesIn(work)) : undefined),
        );
        if (!succeeded) {
          if (errorCode(result) !== 'disk-full') outcome.note(what, `is not told as a full disk: ${result.err}`);
          const hidden = Object.keys(filesIn(work)).filter((path) => /(^|\/)\.|lock\.json/.test(path));
          outcome.note(`${what}, what is left`, hidden.length > 0 ? hidden.join(', ') : undefined);
        }
        if (readFileSync(kept, 'utf8') !== 'kept') outcome.note(what, 'another file was harmed');
        remove(join(place, 'filling'));
        // Again where it stopped: from time to time, as every fit takes seconds.
        if (!succeeded && blocks % (10 * step) === 0) {
          const second = await interlatent(commands[name](work));
          outcome.note(
            `${what}, and then room`,
            badEnd(second) ?? difference((await reference(name)).files, filesIn(work)),
          );
        }
        remove(work);
      }
      tell(`${name}: ${outcome.tried} tried, ${outcome.failures.length} failures so far`);
    }
  } finally {
    execFileSync('umount', ['--lazy', place]);
  }
}

/** Leaves so many blocks free. */
function filled(place, blocks) {
  const { bavail, bsize } = statfsSync(place);
  writeFileSync(join(place, 'filling'), new Uint8Array(Math.max(0, bavail * bsize - BLOCK * blocks)));
}
