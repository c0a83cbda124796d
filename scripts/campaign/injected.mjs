// Each file operation of a command fails once, with an errno that is possible for it. The command ends with success or
// one coded error. Existing files are the old or the new ones. If the command is repeated, it gives the usual results.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { badEnd, errorCode, faultLibrary, interlatent, runAll } from './process.mjs';
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
/** Share of the failed commands that are repeated, smaller for long commands. */
const REPEATED = { fit: 0.25, encode: 1, discover: 1, select: 0.25 };
const QUICK_SHARE = 0.1;

export async function injected({ folder, randomOf, quick, concurrency, report, outcome }) {
  const faults = faultLibrary(folder);
  const { commands, reference } = await workshop(folder);
  for (const [name, share] of Object.entries(REPEATED)) {
    // Commands replace the files of an earlier run, except a fit, which would do nothing.
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
      const files = filesIn(work);
      const harm = isReplaced ? difference(expected, files) : undefined;
      outcome.note(what, badEnd(result) ?? (result.code === 0 ? difference(expected, files) : harm));
      if (result.code !== 0 && random() < share) {
        const second = await interlatent(commands[name](work));
        const problem = badEnd(second) ?? difference(expected, filesIn(work));
        outcome.note(`${what}, repeated`, problem);
      }
      remove(work);
    });
    await runAll(tasks, concurrency);
    report(`${name}: ${calls.length} calls, ${outcome.failures.length} failures so far`);
  }
}
