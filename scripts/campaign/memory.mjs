// Less and less memory: an address space that is limited (ulimit -v) down to what Node itself does not start in; every
// n-th allocation of the native library that fails; a device of the emulation with less and less memory. The end is
// success or one coded error. Where V8 itself finds no memory it ends the process, which no program can catch: that is
// counted, and nothing may be harmed by it.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { badEnd, errorCode, faultLibrary, interlatent } from './process.mjs';
import { difference, filesIn, freshFolder, remove, workshop } from './workshop.mjs';

const EMULATION = resolve('build/Release/libinterlatent_cuda_emulated.so');
/** What V8 writes before it ends the process; of other ends (a std::bad_alloc of its own) faults.cc says whose they are. */
const OF_V8 = /^FATAL ERROR|Fatal (process|JavaScript) out of memory|^# Fatal |^ended by Node itself/m;
const KIBI = 1024;

export async function memory({ folder, randomOf, quick, tell, outcome }) {
  const { commands, reference, study } = await workshop(folder);
  await limited();
  await refused();
  await onDevice();

  async function limited() {
    // Node reserves address space without using it: it starts at about half a gigabyte.
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
    tell(`limits: ${outcome.tried} tried, ${outcome.failures.length} failures so far`);
  }

  async function refused() {
    const faults = faultLibrary(folder);
    const most = quick ? 4 : 40;
    for (const name of ['encode', 'fit']) {
      const all = await allocationsOf(name, faults);
      for (let i = 0; i < most; i++) {
        const number = 1 + Math.floor((all * (i + randomOf(name, i)())) / most);
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
    tell(`refused allocations: ${outcome.tried} tried, ${outcome.failures.length} failures so far`);
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
      tell('no emulation of CUDA here: npm run test:cuda builds it');
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
 * Whether V8 found no memory, or Node does not even start in so little.
 * @param starts whether it does, with nothing to do
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
