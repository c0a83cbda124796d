// Every call that a command makes on its files fails once, with an errno that such a call can have: the end is success
// or one coded error, files that were there are the old ones or the new ones, and the same command again ends as if
// nothing had been.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allOf, badEnd, errorCode, faultLibrary, interlatent } from './process.mjs';
import { pick } from './random.mjs';
import { difference, filesIn, freshFolder, remove, workshop } from './workshop.mjs';

const ERRNO = { EPERM: 1, EIO: 5, EACCES: 13, EMFILE: 24, EFBIG: 27, ENOSPC: 28, EROFS: 30, EDQUOT: 122 };
const CAN_FAIL_WITH = {
  open: ['EACCES', 'EMFILE', 'ENOSPC', 'EROFS', 'EDQUOT', 'EIO'],
  write: ['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG'],
  truncate: ['EIO', 'ENOSPC'],
  fsync: ['EIO', 'ENOSPC', 'EDQUOT'],
  rename: ['EACCES', 'EIO', 'ENOSPC', 'EROFS'],
  unlink: ['EACCES', 'EPERM', 'EIO', 'EROFS'],
  mkdir: ['EACCES', 'ENOSPC', 'EROFS'],
  close: [],
};
/** Of the long commands every call fails, but only a part is run again afterwards. */
const AGAIN = { fit: 0.25, encode: 1, discover: 1, select: 0.25 };
const QUICK_SHARE = 0.1;

export async function injected({ folder, randomOf, quick, atOnce, tell, outcome }) {
  const faults = faultLibrary(folder);
  const { commands, reference } = await workshop(folder);
  for (const [name, again] of Object.entries(AGAIN)) {
    // A second run replaces files that are there, but for a fit, which does nothing then.
    const isReplaced = name !== 'fit';
    const { folder: usual, files: expected } = await reference(name);
    const start = () => freshFolder(folder, isReplaced ? usual : undefined);
    const log = join(folder, `injected-${name}`);
    const whole = start();
    await interlatent(commands[name](whole), { env: faults({ UNDER: whole, LOG: log }) });
    remove(whole);
    const calls = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    const tasks = calls.map(([number, kind, path]) => async () => {
      const errnos = CAN_FAIL_WITH[kind];
      const random = randomOf(name, number);
      if (errnos.length === 0 || (quick && random() > QUICK_SHARE)) return;
      const errno = pick(random, errnos);
      const work = start();
      const result = await interlatent(commands[name](work), {
        env: faults({ UNDER: work, AT: number, ERRNO: ERRNO[errno] }),
      });
      const what = `${name}, call ${number} (${kind} ${path}) fails with ${errno}`;
      outcome.count(result.code === 0 ? 'success' : errorCode(result));
      const left = filesIn(work);
      const harm = isReplaced ? difference(expected, left) : undefined;
      outcome.note(what, badEnd(result) ?? (result.code === 0 ? difference(expected, left) : harm));
      if (result.code !== 0 && random() < again) {
        const second = await interlatent(commands[name](work));
        const problem = badEnd(second) ?? difference(expected, filesIn(work));
        outcome.note(`${what}, and then again`, problem);
      }
      remove(work);
    });
    await allOf(tasks, atOnce);
    tell(`${name}: ${calls.length} calls, ${outcome.failures.length} failures so far`);
  }
}
