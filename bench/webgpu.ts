// Training steps on WebGPU beside CUDA, or where there is none beside the CPU, in turn: `npm run bench:webgpu`. The
// benchmark's shapes; the goal is half of CUDA's rate at 512 / 64 / 4 / 64. With `--quick` the smallest shape alone.

import { chooseDevice, CPU, type Device } from '../src/runtime/device.js';
import { CASES, caseName, Training, type Case } from './cases.js';
import { median } from './timing.js';

const MAX: Case = { batch: 512, hidden: 64, modalities: 4, runs: 64, jacobian: false };
const ROUNDS = 5;
const SECONDS = 2;

const { device: webGpu } = await chooseDevice('webgpu');
const other = await chooseDevice('cuda').then(
  ({ device }) => device,
  () => CPU,
);
const shapes = process.argv.includes('--quick') ? CASES.slice(0, 1) : [...CASES, MAX];
process.stdout.write(`${webGpu.description} beside ${other.description}; medians of ${ROUNDS}, ms per step\n`);
for (const one of shapes) {
  const devices: readonly Device[] = [webGpu, other];
  const sides = devices.map((device) => ({
    times: [] as number[],
    training: Training.load(one, { threads: 0, device }),
  }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { times, training } of sides) times.push(await training.milliseconds(SECONDS));
  }
  const [ours, theirs] = sides.map(({ times }) => median(times));
  const ratio = (theirs / ours).toFixed(2);
  process.stdout.write(`${caseName(one)}: ${ours.toFixed(3)} beside ${theirs.toFixed(3)}, ${ratio} of its rate\n`);
  for (const { training } of sides) await training[Symbol.asyncDispose]();
}
