// Options of `interlatent simulate` for observed causes and batches.

import { Option, type Command } from 'commander';
import { InputError } from '../errors/errors.js';
import { DOSES, KNOWN_TARGETS, LEVEL_EFFECTS, MAX_LEVELS } from '../simulation/options.js';
import { wholeNumber } from './settings.js';

/** Name of a level without a target in `--targets`. */
const NO_TARGET = 'none';

/** Adds the options. */
export function withCauseOptions(command: Command): Command {
  return command
    .optionsGroup('Observed causes and batches:')
    .addOption(
      new Option('--levels <effect>', 'Assign the subjects at random to levels that change latents.').choices(
        LEVEL_EFFECTS,
      ),
    )
    .option(
      '--level-count <n>',
      'With --levels: number of levels without the reference (default: one for each latent).',
      wholeNumber('--level-count', 1, MAX_LEVELS),
    )
    .option(
      '--targets-per-level <n>',
      'With --levels: number of latents, drawn at random, that each level changes (default: 1).',
      wholeNumber('--targets-per-level', 1),
    )
    .option(
      '--targets <lists>',
      `With --levels: latents of each level, as in m1.z1,m1.z2+m2.z1,${NO_TARGET}, instead of random ones.`,
      (text) => text.split(',').map((level) => (level.trim() === NO_TARGET ? [] : latentsOf('--targets', level))),
    )
    .addOption(new Option('--dose <kind>', 'Assign doses at random, with a smooth effect.').choices(DOSES))
    .option(
      '--dose-targets <latents>',
      'With --dose: latents that it changes, as in m1.z1+m2.z1 (default: one, drawn at random).',
      (text) => latentsOf('--dose-targets', text),
    )
    .addOption(
      new Option('--known-targets <names>', 'What the study file says about targets (default: none).').choices(
        KNOWN_TARGETS,
      ),
    )
    .option(
      '--batches <n>',
      'Measure one modality in this number of batches, which move and scale its columns (default: 0).',
      wholeNumber('--batches', 0, MAX_LEVELS),
    )
    .option('--batched-modality <name>', 'With --batches: the modality (default: the first).');
}

function latentsOf(flag: string, text: string): string[] {
  const names = text.split('+').map((name) => name.trim());
  if (names.includes('')) {
    throw new InputError(
      'invalid-option',
      `${flag} takes names of latents joined by +, as m1.z1+m2.z1; got "${text}".`,
    );
  }
  return names;
}
