// The parts of the campaign, in the order in which they run.
import { clock } from './clock.mjs';
import { folders } from './folders.mjs';
import { fullDisk } from './full-disk.mjs';
import { injected } from './injected.mjs';
import { kills } from './kills.mjs';
import { memory } from './memory.mjs';
import { mixtures } from './mixtures.mjs';
import { nodeVersions } from './node-versions.mjs';
import { pipes } from './pipes.mjs';
import { races } from './races.mjs';
import { serving } from './serving.mjs';
import { signals } from './signals.mjs';
import { soak } from './soak.mjs';

export const PARTS = [
  { name: 'kills', text: 'kill -9 at random moments and calls; later the same bits, no other files', run: kills },
  { name: 'injected', text: 'each open, write, fsync, rename and unlink fails once', run: injected },
  { name: 'full-disk', text: 'a small file system that is full at every block', run: fullDisk },
  { name: 'memory', text: 'ulimit -v, failing allocations, a device with little memory', run: memory },
  { name: 'clock', text: 'the wall clock jumps by years', run: clock },
  { name: 'signals', text: 'SIGINT, SIGTERM and SIGHUP, once and twice', run: signals },
  { name: 'folders', text: 'two fits in one folder, a folder removed during a command', run: folders },
  { name: 'mixtures', text: 'RUN folders with files of another fit', run: mixtures },
  { name: 'pipes', text: 'output that is not read, that is closed, or that goes to a full disk', run: pipes },
  { name: 'node', text: 'the package and some tests under Node 20, 22 and 24', run: nodeVersions },
  { name: 'races', text: 'ThreadSanitizer on the C++ tests and a whole fit', run: races },
  { name: 'serving', text: 'hostile clients; answers to honest clients and memory must not change', run: serving },
  { name: 'soak', text: 'random fits, encodes, aborts and disposals in one process; memory must not grow', run: soak },
];
