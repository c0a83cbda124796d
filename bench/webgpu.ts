// `npm run bench:webgpu` compares training steps on WebGPU with CUDA, or with the CPU if there is no CUDA. Steps
// alternate between the devices. The goal is half of CUDA's rate at 512/64/4/64. `--quick` measures only the smallest
// shape.

import { chooseDevice, CPU, type Device } from '../src/runtime/device.js';
import { CASES, caseName, Training, type Case } from './cases.js';
import { median } from './timing.js';

const LARGE: Case = { batch: 512, hidden: 64, modalities: 4, runs: 64, jacobian: false };
const ROUNDS = 5;
const SECONDS = 2;

const { device: webGpu } = await chooseDevice('webgpu');
const other = await chooseDevice('cuda').then(
  ({ device }) => device,
  () => CPU,
);
const shapes = process.argv.includes('--quick') ? CASES.slice(0, 1) : [...CASES, LARGE];
process.stdout.write(`${webGpu.description} and ${other.description}; medians of ${ROUNDS}, ms per step\n`);
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
  process.stdout.write(`${caseName(one)}: ${ours.toFixed(3)} and ${theirs.toFixed(3)}, relative rate ${ratio}\n`);
  for (const { training } of sides) await training[Symbol.asyncDispose]();
}
