// Measures steps of deep canonical correlation on images in an intensity file, as in a study's `cache`, and their
// memory: scripts/bench images-on-disk FILE [STEPS [SIDE]]. Run it with a limit on memory (docs/reference/images.md).

import { readFileSync, statSync } from 'node:fs';
import type { Dataset, Modality } from '../src/data/dataset.js';
import { storedScale } from '../src/data/stored.js';
import { RandomStream } from '../src/random/random-stream.js';
import { fitConfigFor } from '../src/training/config.js';
import { chosenEncoderStage } from '../src/training/correlation-stage.js';
import { Trainer } from '../src/training/trainer.js';

const [path, steps = '20', side = '224'] = process.argv.slice(2);
const pixels = Number(side) ** 2;
const length = statSync(path).size;
const subjects = length / (3 * pixels);

const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

/** Returns a value of /proc/self/status in bytes. `RssAnon` is private memory; `VmHWM` includes pages of files. */
function memoryOf(what: 'RssAnon' | 'VmHWM'): number {
  return 1024 * Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}

const column = (name: string) => ({ name, log: false, offset: 0, mean: 0.4, sd: 0.25 });
const colours = ['r', 'g', 'b'].map(column);
const code = { zero: 0, unit: 255 };
const random = new RandomStream(0, 0);
const [photo, clinic]: Modality[] = [
  {
    name: 'photo',
    columns: colours,
    regularArray: { kind: 'image', height: Number(side), width: Number(side) },
    values: new Float32Array(),
    stored: { ...code, numbers: { path, type: 'uint8', length }, scale: storedScale(code, colours) },
    network: { kind: 'conv', widths: [8, 16, 16, 16] },
    ...{ latents: 2, exogenous: 1 },
  },
  {
    name: 'clinic',
    columns: ['a', 'b', 'c'].map(column),
    values: Float32Array.from({ length: 3 * subjects }, () => random.normal()),
    ...{ latents: 2, exogenous: 1 },
  },
];
const held = 1000;
const rows = Int32Array.from({ length: subjects }, (_, row) => row);
const dataset: Dataset = {
  ids: Array.from(rows, String),
  modalities: [photo, clinic],
  split: { validation: rows.subarray(0, held), test: new Int32Array(), train: rows.subarray(held) },
  fingerprint: '',
};

const stage = chosenEncoderStage(dataset, fitConfigFor(dataset, { batch: 32, encoderRestarts: 1, epochs: 1 }));
const trainer = await Trainer.create(stage, { threads: 1 });
const { mapped, total } = trainer.memory();
console.log(
  `${subjects} subjects; the program has ${mebibytes(total)}, in addition to ${mebibytes(mapped)} of a mapped file`,
);

const enough = new AbortController();
const times: number[] = [];
let anonymous = memoryOf('RssAnon');
let last = performance.now();
await trainer.epoch(enough.signal, (done) => {
  const now = performance.now();
  times.push(now - last);
  last = now;
  anonymous = Math.max(anonymous, memoryOf('RssAnon'));
  if (done >= Number(steps)) enough.abort();
});
const median = times.slice(1).sort((a, b) => a - b)[Math.floor((times.length - 1) / 2)];
console.log(
  `${times.length} steps of 32 subjects, median ${Math.round(median)} ms; private memory at most ` +
    `${mebibytes(anonymous)}, with pages of the file ${mebibytes(memoryOf('VmHWM'))}`,
);
await trainer.dispose();
