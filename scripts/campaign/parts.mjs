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
  { name: 'kills', text: 'kill -9 at random moments and calls; the same bits afterwards, nothing left', run: kills },
  { name: 'injected', text: 'every open, write, fsync, rename and unlink fails once', run: injected },
  { name: 'full-disk', text: 'a small file system, full at every block', run: fullDisk },
  { name: 'memory', text: 'ulimit -v, failing allocations, a small device, down to "nothing starts"', run: memory },
  { name: 'clock', text: 'the clock of the day jumps by years', run: clock },
  { name: 'signals', text: 'SIGINT, SIGTERM and SIGHUP, once and twice', run: signals },
  { name: 'folders', text: 'two fits in one folder, a folder removed meanwhile', run: folders },
  { name: 'mixtures', text: 'RUN folders with files of another fit', run: mixtures },
  { name: 'pipes', text: 'output that nobody reads, that is closed, that a full disk takes', run: pipes },
  { name: 'node', text: 'the package and some tests under Node 20, 22 and 24', run: nodeVersions },
  { name: 'races', text: 'ThreadSanitizer over the C++ tests and one whole fit', run: races },
  {
    name: 'serving',
    text: 'questions that are given up, answers that are never read: honest clients, flat memory',
    run: serving,
  },
  { name: 'soak', text: 'fits, encodes, aborts and disposals at random, in one process: flat memory', run: soak },
];
