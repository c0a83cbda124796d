// Runs commands with decreasing memory. Their address space is limited (ulimit -v), down to a size in which Node itself
// does not start; an allocation of the native library fails; or an emulated device has little memory. A command ends
// with success or one coded error. If V8 itself runs out of memory, it ends the process, which no program can catch.
// That is counted separately, and no file may be damaged by it.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { badEnd, errorCode, faultLibrary, interlatent } from './process.mjs';
import { difference, filesIn, freshFolder, remove, workshop } from './workshop.mjs';

const EMULATION = resolve('build/Release/libinterlatent_cuda_emulated.so');
/** Text that V8 writes before it ends the process, or faults.cc if V8 caused another end, such as a std::bad_alloc. */
const OF_V8 = /^FATAL ERROR|Fatal (process|JavaScript) out of memory|^# Fatal |^ended by Node itself/m;
const KIBI = 1024;

export async function memory({ folder, randomOf, quick, report, outcome }) {
  const { commands, reference, study } = await workshop(folder);
  await limited();
  await refused();
  await onDevice();

  async function limited() {
    // Node reserves address space that it does not use, so it needs about half a gigabyte to start.
    const blame = faultLibrary(folder)({ BLAME: 1 });
    const sizes = quick
      ? [4000, 1200, 600]
      : [4000, 2500, 2000, 1600, 1400, 1200, 1100, 1000, 900, 800, 700, 600, 400, 200];
    for (const name of quick ? ['encode'] : ['encode', 'fit', 'discover']) {
      for (const size of sizes) {
        const work = freshFolder(folder);
        const wrap = ['bash', '-c', `ulimit -v ${size * KIBI}; exec "$@"`, 'limited'];
        const result = await interlatent(commands[name](work), { wrap, env: blame });
        const isOfNode = endedByNode(result, () => startsAlone(size));
        outcome.count(result.code === 0 ? 'success' : isOfNode ? 'ended by Node itself' : errorCode(result));
        outcome.note(`${name} in ${size} MiB`, isOfNode ? undefined : badEnd(result));
        if (result.code === 0) {
          outcome.note(`${name} in ${size} MiB`, difference((await reference(name)).files, filesIn(work)));
        }
        remove(work);
      }
    }
    report(`limits: ${outcome.tried} tried, ${outcome.failures.length} failures so far`);
  }

  async function refused() {
    const faults = faultLibrary(folder);
    const count = quick ? 4 : 40;
    for (const name of ['encode', 'fit']) {
      const all = await allocationsOf(name, faults);
      for (let i = 0; i < count; i++) {
        const number = 1 + Math.floor((all * (i + randomOf(name, i)())) / count);
        const work = freshFolder(folder);
        const log = join(work, 'refused.log');
        const result = await interlatent(commands[name](work), { env: faults({ MALLOC: number, LOG: log }) });
        const isRefused = existsSync(log) && readFileSync(log, 'utf8').includes('refused');
        remove(log);
        outcome.count(result.code === 0 ? (isRefused ? 'success without it' : 'success') : errorCode(result));
        const problem =
          badEnd(result) ?? (result.code === 0 ? difference((await reference(name)).files, filesIn(work)) : undefined);
        outcome.note(`${name}, native allocation ${number} fails`, problem);
        remove(work);
      }
    }
    report(`refused allocations: ${outcome.tried} tried, ${outcome.failures.length} failures so far`);
  }

  async function allocationsOf(name, faults) {
    const work = freshFolder(folder);
    const log = join(folder, `allocations-${name}`);
    await interlatent(commands[name](work), { env: faults({ MALLOC: 1e9, LOG: log }) });
    remove(work);
    return Number(/(\d+) allocations/.exec(readFileSync(log, 'utf8'))[1]);
  }

  async function onDevice() {
    if (!existsSync(EMULATION)) {
      report('there is no emulation of CUDA; npm run test:cuda builds it');
      return;
    }
    for (let bytes = 2 ** 28; bytes >= (quick ? 2 ** 24 : 2 ** 10); bytes /= quick ? 16 : 4) {
      const work = freshFolder(folder);
      const env = { INTERLATENT_CUDA_PATH: EMULATION, INTERLATENT_EMULATION_MEMORY: String(bytes) };
      const args = [
        'fit',
        study,
        '--out',
        join(work, 'run'),
        '--evidence',
        'none',
        '--threads',
        '1',
        '--device',
        'cuda',
      ];
      const result = await interlatent(args, { env });
      outcome.count(result.code === 0 ? 'success' : errorCode(result));
      outcome.note(`fit on a device of ${bytes} bytes`, badEnd(result));
      remove(work);
    }
  }
}

/**
 * True if V8 ran out of memory, or if Node does not even start with the limit.
 * @param starts returns true if Node starts with an empty program
 */
export function endedByNode({ code, signal, err, isHung }, starts) {
  if (isHung || [0, 1, 2].includes(code)) return false;
  const isBefore = signal === 'SIGSEGV' && !err.includes('opened the native library');
  return OF_V8.test(err) || isBefore || !starts();
}

function startsAlone(size) {
  const script = `ulimit -v ${size * KIBI}; exec "$@"`;
  return spawnSync('bash', ['-c', script, 'limited', process.execPath, '-e', '0']).status === 0;
}
