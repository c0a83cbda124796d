// interlatent profile STUDY: where the time of a training step goes, kernel by kernel.

import { Command } from 'commander';
import * as z from 'zod';
import { readStudy } from '../data/study.js';
import { fitConfig } from '../training/config.js';
import { jointPart } from '../training/joint-part.js';
import { Trainer } from '../training/trainer.js';
import { print, printJson, table } from './output.js';
import { jsonOption, wholeNumber } from './settings.js';

const kernelSchema = z.object({
  kernel: z.string(),
  label: z.string(),
  calls: z.number(),
  seconds: z.number(),
  flops: z.number(),
  bytes: z.number(),
});
const descriptionSchema = z.object({
  isa: z.string(),
  threads: z.number(),
  profile: z.record(z.string(), z.array(kernelSchema)),
});

const MOST_ROWS = 30;

export function profileCommand(): Command {
  return new Command('profile')
    .description('train a few epochs of a study and say where the time goes: per kernel, FLOP/s, bytes/s and share')
    .argument('<study>', 'study file (YAML or JSON)')
    .option('--epochs <n>', 'epochs to measure, spread over the stages of the schedule', wholeNumber('--epochs', 1), 3)
    .option('--threads <n>', 'threads (default: all cores)', wholeNumber('--threads', 1))
    .addOption(jsonOption())
    .action(async (path: string, options: { epochs: number; threads?: number; json?: boolean }) => {
      process.env['INTERLATENT_PROFILE'] = '1';
      const { config, dataset } = await readStudy(path);
      const settings = fitConfig({ ...config.training, sparsity: config.sparsity, epochs: options.epochs });
      const trainer = Trainer.create(jointPart(dataset, settings), { threads: options.threads ?? 0 });
      try {
        while (!trainer.finished) await trainer.epoch();
        const description = descriptionSchema.parse(JSON.parse(trainer.describe()));
        if (options.json) printJson(description);
        else printProfile(description);
      } finally {
        await trainer.dispose();
      }
    });
}

function printProfile({ isa, threads, profile }: z.infer<typeof descriptionSchema>): void {
  print(
    `${isa}, ${threads} ${threads === 1 ? 'thread' : 'threads'}; reading the clock slows short kernels by some 0.1 µs`,
  );
  for (const [entry, kernels] of Object.entries(profile)) {
    if (kernels.length === 0) continue;
    const total = kernels.reduce((sum, { seconds }) => sum + seconds, 0);
    const steps = kernels[0].calls;
    print(`\n${entry}: ${((total / steps) * 1000).toFixed(3)} ms a step, ${kernels.length} kernels`);
    const slowest = [...kernels].sort((a, b) => b.seconds - a.seconds).slice(0, MOST_ROWS);
    print(
      table(
        ['share', 'µs', 'GFLOP/s', 'GB/s', 'kernel', 'tensor'],
        slowest.map(({ kernel, label, calls, seconds, flops, bytes }) => [
          `${((100 * seconds) / total).toFixed(1)} %`,
          ((seconds / calls) * 1e6).toFixed(1),
          flops === 0 ? '' : ((flops * calls) / seconds / 1e9).toFixed(1),
          ((bytes * calls) / seconds / 1e9).toFixed(1),
          kernel,
          label,
        ]),
      ),
    );
    if (kernels.length > MOST_ROWS) print(`… and ${kernels.length - MOST_ROWS} more (--json has all)`);
  }
}
