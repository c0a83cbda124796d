// interlatent profile STUDY: the time of a training step, kernel by kernel.

import { Command, Option } from 'commander';
import { readStudy } from '../study/study.js';
import { kernelNames } from '../compile/kernels.js';
import { GPU_MODELS, type GpuModelName } from '../runtime/gpu-model.js';
import { chooseDevice, type DeviceName, type MatmulPrecision } from '../runtime/device.js';
import { MAX_EPOCHS } from '../training/fit-schema.js';
import { fitConfigFor } from '../training/config.js';
import { jointStage } from '../training/joint-stage.js';
import { Trainer } from '../training/trainer.js';
import { defaultPrecision, trainingDevice } from '../training/training-device.js';
import { deviceText, print, printJson, table, wrapped } from './output.js';
import { measurePeak, type Peak } from './peak.js';
import { prediction, printPrediction } from './predicted-profile.js';
import { parseDescription, type Description, type KernelTime } from './profile-description.js';
import { deviceOption, jsonOption, trainingPrecisionOption, wholeNumber, threadsOption } from './settings.js';
import { describe } from './help.js';

interface Flags {
  epochs: number;
  threads: number;
  device: DeviceName;
  matmulPrecision?: MatmulPrecision;
  model?: GpuModelName;
  json?: boolean;
}

const MAX_ROWS = 30;

const PEAK_EXPLAINED =
  '% of peak: share of the FLOP/s of a large matrix product if FLOP are counted (products, determinants), otherwise ' +
  'of the bytes/s of a copy between arrays that exceed all caches. Both are measured before the profile, on the same ' +
  'device and threads. A kernel whose operands are in a cache can exceed 100 %.';

export function profileCommand(): Command {
  const command = new Command('profile')
    .argument('<study>', 'Study file (YAML or JSON).')
    .option(
      '--epochs <n>',
      'Epochs to measure, distributed over the phases of the schedule.',
      wholeNumber('--epochs', 1, MAX_EPOCHS),
      3,
    )
    .addOption(threadsOption())
    .addOption(deviceOption())
    .addOption(trainingPrecisionOption())
    .addOption(
      new Option(
        '--model <gpu>',
        'Predict the time of a step on this GPU by a model of it. Nothing is trained.',
      ).choices(Object.keys(GPU_MODELS)),
    )
    .addOption(jsonOption());
  return describe(command, {
    description:
      'Trains a few epochs of a study and shows where the time goes: per kernel, FLOP/s, bytes/s, share, % of peak.',
    examples: ['interlatent profile study.yaml --epochs 3'],
    details: [PEAK_EXPLAINED],
  }).action(async (path: string, { epochs, threads, device: deviceName, matmulPrecision, model, json }: Flags) => {
    if (model) {
      await predict(path, model, { epochs, matmulPrecision, json });
      return;
    }
    // A device that cannot be used is reported before a large study is read.
    await chooseDevice(deviceName, matmulPrecision);
    const { config, dataset } = await readStudy(path);
    const { device, choice } = await trainingDevice(dataset, deviceName, matmulPrecision);
    const peak = await measurePeak({ threads, device });
    const settings = fitConfigFor(dataset, { ...config.training, sparsity: config.sparsity, epochs });
    const trainer = await Trainer.create(jointStage(dataset, settings, device), { threads, device, profile: true });
    try {
      while (!trainer.finished) await trainer.epoch();
      const description = parseDescription(trainer.describe());
      if (json) {
        printJson({ ...description, device: choice, peak });
      } else {
        if (deviceName !== 'cpu') print(`computed on ${deviceText(choice)}`);
        printProfile(description, peak);
      }
    } finally {
      await trainer.dispose();
    }
  });
}

async function predict(
  path: string,
  model: GpuModelName,
  { epochs, matmulPrecision, json }: Pick<Flags, 'epochs' | 'matmulPrecision' | 'json'>,
): Promise<void> {
  const { config, dataset } = await readStudy(path);
  const settings = fitConfigFor(dataset, { ...config.training, sparsity: config.sparsity, epochs });
  const stage = jointStage(dataset, settings, { backend: 'cuda', kernels: kernelNames('cuda') });
  const predicted = prediction(stage, model, matmulPrecision ?? defaultPrecision(dataset));
  if (json) printJson(predicted);
  else printPrediction(predicted);
}

function printProfile(description: Description, peak: Peak): void {
  print(howMeasured(description));
  print(`peak: ${giga(peak.flops)} GFLOP/s (product), ${giga(peak.bytes)} GB/s (copy)`);
  for (const [entry, kernels] of Object.entries(description.profile)) {
    if (kernels.length === 0) continue;
    const total = kernels.reduce((sum, { seconds }) => sum + seconds, 0);
    const steps = kernels[0].calls;
    print(`\n${entry}: ${((total / steps) * 1000).toFixed(3)} ms a step, ${kernels.length} kernels`);
    const slowest = [...kernels].sort((a, b) => b.seconds - a.seconds).slice(0, MAX_ROWS);
    print(
      table(
        ['share', 'µs', 'GFLOP/s', 'GB/s', '% of peak', 'kernel', 'tensor'],
        slowest.map((time) => [
          `${((100 * time.seconds) / total).toFixed(1)} %`,
          ((time.seconds / time.calls) * 1e6).toFixed(1),
          time.flops === 0 ? '' : giga(rate(time, 'flops')),
          giga(rate(time, 'bytes')),
          percentOfPeak(time, peak).toFixed(0),
          time.kernel,
          time.label,
        ]),
      ),
    );
    if (kernels.length > MAX_ROWS) print(`… and ${kernels.length - MAX_ROWS} more (--json has all)`);
  }
  print(`\n${wrapped(PEAK_EXPLAINED)}`);
}

function howMeasured(description: Description): string {
  if (description.backend === 'cuda') {
    const { device, computeCapability } = description;
    return (
      `${device}, compute capability ${computeCapability}; kernels are launched and timed one by one, ` +
      `a captured step takes less than their sum`
    );
  }
  const { isa, threads } = description;
  return (
    `${isa}, ${threads} ${threads === 1 ? 'thread' : 'threads'}; reading the clock slows short ` +
    `kernels by some 0.1 µs`
  );
}

function rate(time: KernelTime, of: 'flops' | 'bytes'): number {
  return (time[of] * time.calls) / time.seconds;
}

function percentOfPeak(time: KernelTime, peak: Peak): number {
  const of = time.flops > 0 ? 'flops' : 'bytes';
  return (100 * rate(time, of)) / peak[of];
}

function giga(value: number): string {
  return (value / 1e9).toFixed(1);
}
