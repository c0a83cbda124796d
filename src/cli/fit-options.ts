// The options of commands that fit a study: `fit`, and the workers of a shared fit.

import { Option, type Command } from 'commander';
import { SUBSPACE_KINDS, type SubspaceKind } from '../networks/subspace-kinds.js';
import { InputError } from '../errors/errors.js';
import { EVIDENCE_MODES, type EvidenceMode } from '../evidence/modes.js';
import type { Launch } from '../distributed/launch.js';
import type { DeviceName, MatmulPrecision } from '../runtime/device.js';
import { MAX_SHARDS } from '../distributed/shard-options.js';
import { MAX_EPOCHS } from '../training/fit-schema.js';
import type { Study } from '../study/study.js';
import { fitConfigFor, type FitConfig, type FitSettings } from '../training/config.js';
import { deviceOption, trainingPrecisionOption, MAX_THREADS, wholeNumber } from './settings.js';

export interface FitFlags {
  fit?: 'two-stage' | 'joint';
  subspaces?: SubspaceKind;
  encoderRestarts?: number;
  componentRestarts?: number;
  epochs?: number;
  seed?: number;
  batch?: number;
  threads?: number;
  device: DeviceName;
  matmulPrecision?: MatmulPrecision;
  evidence: EvidenceMode | 'none';
  dataParallel?: number;
}

export function withFitOptions(command: Command): Command {
  return command
    .optionsGroup('Model and training:')
    .addOption(
      new Option(
        '--fit <kind>',
        'Kind of fit. two-stage: subspaces, then components, then a polish; joint: one stage.',
      ).choices(['two-stage', 'joint']),
    )
    .addOption(
      new Option(
        '--subspaces <kind>',
        'Method of the first stage; linear trains no encoder (default: what explains validation subjects best).',
      ).choices(SUBSPACE_KINDS),
    )
    .option(
      '--encoder-restarts <n>',
      'Independent initialisations of encoders and decoders. The best by validation is chosen.',
      wholeNumber('--encoder-restarts', 1),
    )
    .option(
      '--component-restarts <n>',
      'Independent initialisations of the components. The best quarter is refined.',
      wholeNumber('--component-restarts', 1),
    )
    .option(
      '--epochs <n>',
      'Passes of the first stage over the training subjects.',
      wholeNumber('--epochs', 1, MAX_EPOCHS),
    )
    .option('--batch <n>', 'Subjects per step.', wholeNumber('--batch', 2))
    .option('--seed <n>', 'Seed of initial values, noise and order.', wholeNumber('--seed', 0))
    .addOption(
      new Option(
        '--evidence <how>',
        'Test by cross-fitting: full repeats the split into folds, quick makes one, none tests nothing.',
      )
        .choices(['none', ...EVIDENCE_MODES])
        .default('full'),
    )
    .optionsGroup('Computation:')
    .option('--threads <n>', 'Number of threads (default: all cores).', wholeNumber('--threads', 1, MAX_THREADS))
    .addOption(deviceOption())
    .addOption(trainingPrecisionOption())
    .option(
      '--data-parallel <n>',
      'Processes of a launcher (mpirun, srun) that share each batch of the same restarts on CPUs.',
      wholeNumber('--data-parallel', 1, MAX_SHARDS),
    );
}

/** Returns the settings that override those of the study file. */
export function settingsOf(flags: FitFlags): FitSettings {
  return Object.fromEntries(settingEntries(flags));
}

/** Returns all settings of a fit: those of the flags, of the study, and defaults. */
export function configOf(study: Study, flags: FitFlags): FitConfig {
  const settings = { ...study.config.training, sparsity: study.config.sparsity, ...settingsOf(flags) };
  return fitConfigFor(study.dataset, settings);
}

/** Checks `--data-parallel`. @throws InputError `invalid-option` */
export function checkDataParallel({ device, dataParallel }: FitFlags, launch: Launch | undefined): void {
  if (dataParallel === undefined) return;
  const option = `--data-parallel ${dataParallel}`;
  const problem = device.startsWith('cuda')
    ? `${option} needs CPUs. GPUs share restarts (--device cuda:all): leave out --data-parallel.`
    : dataParallel > 1 && !launch
      ? `${option} needs processes that a launcher starts, such as mpirun -n ${dataParallel}.`
      : undefined;
  if (problem !== undefined) throw new InputError('invalid-option', problem);
}

/** Returns the options as arguments of a command line, without threads. */
export function wordsOf(flags: FitFlags): string[] {
  const { device, matmulPrecision, evidence, dataParallel } = flags;
  return [
    ...settingEntries(flags).flatMap(([name, value]) => [optionName(name), String(value)]),
    '--device',
    device,
    ...(matmulPrecision === undefined ? [] : ['--matmul-precision', matmulPrecision]),
    ...(dataParallel === undefined ? [] : ['--data-parallel', String(dataParallel)]),
    '--evidence',
    evidence,
  ];
}

/** Returns the option of a setting: `--encoder-restarts` for `encoderRestarts`. */
export function optionName(setting: string): string {
  return `--${setting.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function settingEntries(flags: FitFlags): [string, string | number][] {
  const { fit, subspaces, encoderRestarts, componentRestarts, epochs, seed, batch } = flags;
  const settings = { fit, subspaces, encoderRestarts, componentRestarts, epochs, seed, batch };
  return Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}
