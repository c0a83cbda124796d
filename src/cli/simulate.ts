// interlatent simulate CASE --out DIR: simulates data with a known truth (docs/reference/simulation.md).

import { Argument, Command, Option } from 'commander';
import { InputError } from '../errors/errors.js';
import { parseSetting, type Setting } from '../questions/index.js';
import { CASES } from '../simulation/cases.js';
import type { LightTunnelOptions } from '../simulation/light-tunnel/light-tunnel.js';
import { MAX_MISSING, MAX_SUBJECTS, type SimulationOptions } from '../simulation/options.js';
import { simulate } from '../simulation/simulate.js';
import { CYCLES } from '../simulation/graph.js';
import { MECHANISMS, NOISES } from '../simulation/mechanism.js';
import { SIMULATION_FORMATS, writeSimulation, type SimulationFormat } from '../simulation/files.js';
import { print, printJson } from './output.js';
import { jsonOption, numberBetween, wholeNumber } from './settings.js';
import { simulateFrom } from './simulate-from.js';
import { checkNoTunnelOptions, LIGHT_TUNNEL, simulateTunnel, withTunnelOptions } from './simulate-light-tunnel.js';
import { withCauseOptions } from './simulated-causes.js';
import { describe } from './help.js';

interface Flags extends SimulationOptions, Omit<LightTunnelOptions, keyof SimulationOptions> {
  from?: string;
  subjects?: number;
  study?: string;
  set?: Setting;
  out: string;
  format: SimulationFormat;
  json?: boolean;
}

export function simulateCommand(): Command {
  const command = new Command('simulate')
    .addArgument(
      new Argument('[case]', 'Number and size of the modalities.').choices([...Object.keys(CASES), LIGHT_TUNNEL]),
    )
    .optionsGroup('Output:')
    .requiredOption('--out <folder>', 'Folder to write. A study that is already there is not overwritten.')
    .addOption(new Option('--format <format>', 'Format of the tables.').choices(SIMULATION_FORMATS).default('csv'))
    .addOption(jsonOption())
    .optionsGroup('Subjects and structure:')
    .option('--seed <n>', 'Seed of graph, mechanisms, mixing and noise.', wholeNumber('--seed', 0), 0)
    .option(
      '--samples <n>',
      'Number of training and validation subjects (9 : 1).',
      wholeNumber('--samples', 20, MAX_SUBJECTS),
      10_000,
    )
    .option('--test <n>', 'Number of test subjects.', wholeNumber('--test', 0, MAX_SUBJECTS), 2000)
    .addOption(
      new Option('--mechanism <kind>', 'How parents act (default: monotone; of chain and pair: linear).').choices(
        MECHANISMS,
      ),
    )
    .addOption(new Option('--noise <kind>', 'Distribution of ε.').choices(NOISES).default('gaussian'))
    .option('--no-heteroscedastic', 'Use noise of constant scale, as chain and pair do.')
    .option(
      '--extra-edges <p>',
      'Probability of additional cross-modality edges.',
      numberBetween('--extra-edges', 0, 1),
      0,
    )
    .option(
      '--cross-edges <n>',
      'Number of cross-modality edges (two modalities).',
      wholeNumber('--cross-edges', 1, 10_000),
    )
    .option('--within-edges', 'Add edges inside modalities with probability 0.5.')
    .addOption(
      new Option('--cycles <where>', 'Add cycles of latents in every modality, or across linked modalities.')
        .choices(CYCLES)
        .default('none'),
    )
    .option('--shuffled', 'Put the modalities in random order instead of causal order.')
    .optionsGroup('Observations:')
    .option(
      '--measurement-noise <sd>',
      'Add normal noise to every value, in sd of its column (default: 0).',
      numberBetween('--measurement-noise', 0, 100),
    )
    .option(
      '--mixed-columns <share>',
      'Turn this share of columns into binary, ordinal and count columns (default: 0).',
      numberBetween('--mixed-columns', 0, 1),
    )
    .option(
      '--missing-modalities <share>',
      'Remove this share of (subject, modality) pairs at random (default: 0).',
      numberBetween('--missing-modalities', 0, MAX_MISSING),
    )
    .option(
      '--missing-cells <share>',
      'Remove this share of values at random (default: 0).',
      numberBetween('--missing-cells', 0, MAX_MISSING),
    )
    .option('--missing-in-test', 'Remove values from the test split too.');
  withTunnelOptions(withCauseOptions(command))
    .optionsGroup('New subjects of a fitted model:')
    .option('--from <run>', 'Draw new subjects from this RUN folder instead of a case, table by table.')
    .option('--subjects <n>', 'With --from: number of subjects (default: 1000).', wholeNumber('--subjects', 2))
    .addOption(
      new Option(
        '--set <values>',
        'With --from: values of observed causes for all new subjects, as in arm=treated (default: as in training).',
      ).argParser((text, earlier: Setting | undefined) => parseSetting(text, earlier)),
    )
    .option('--study <file>', 'With --from: study of the fit, to report the distance of new subjects to its subjects.');
  return describe(command, {
    description:
      'Writes a data set whose latents and graph are known (tables, study.yaml, truth.npz, truth-graph.json), or new ' +
      'subjects of a fitted model.',
    examples: [
      'interlatent simulate case1 --seed 0 --out data/case1',
      ['interlatent simulate light-tunnel --out data/tunnel', 'six environments of a published experiment'],
      ['interlatent simulate chain --levels perfect --out data/chain', 'a cause with a level for each latent'],
      ['interlatent simulate --from runs/study --subjects 500 --out data/new', 'new subjects of a fitted model'],
    ],
    details: [
      `Cases (modalities × columns → latents each): ${caseTexts().join(', ')}.`,
      'light-tunnel simulates a published experiment: red, green, blue and two angles, measured by sensors and a ' +
        'camera. Each environment but the reference sets one of these at random.',
      'One fifth of the variance of a latent with parents is noise. The defaults are the hardest noise to imitate: ' +
        'Gaussian with a scale that depends on the parents.',
      'Other mechanisms of the experiments:\n' +
        '  MLP heteroscedastic   --mechanism mlp\n' +
        '  monotone Laplace      --noise laplace --no-heteroscedastic\n' +
        '  linear Laplace        --mechanism linear --noise laplace --no-heteroscedastic\n' +
        '  linear Gaussian       --mechanism linear --no-heteroscedastic',
      'The last one is not identifiable: a rotation of both modalities explains it as well. The cases chain and ' +
        'pair are linear Gaussian too. Only the levels of an observed cause (--levels) determine their latents.',
      'Levels of an observed cause, and what they do to a latent:\n' +
        '  perfect     another mean and sd, whatever its causes\n' +
        '  shift       a constant is added\n' +
        '  variance    twice the noise\n' +
        '  mechanism   its causes act in reverse; a latent without causes is shifted',
      'Levels have equal shares and never enter the mixing. The study file declares the cause:',
      '  causes:\n' +
        '    arm: { table: subjects.csv, column: arm, kind: categorical,\n' +
        '      reference: control, assigned: true, effect: perfect }',
      'With --known-targets latents it also has targets: { a1: [m1.z2], … }. All targets and true effects are in ' +
        'truth.npz.',
      'docs/reference/simulation.md lists every constant.',
    ],
  }).action(async (name: string | undefined, flags: Flags) => {
    const { from, subjects, study, set: causes, out, format, json, ...rest } = flags;
    const { modalities: _division, imageSize: _size, ...options } = rest;
    if ((name === undefined) === (from === undefined)) {
      throw new InputError('invalid-option', 'Name either a case, or a fitted model with --from RUN.');
    }
    if (from !== undefined) {
      await simulateFrom(from, { subjects, study, seed: options.seed, causes, out, format, json });
      return;
    }
    if (name === LIGHT_TUNNEL) {
      await simulateTunnel(command, flags);
      return;
    }
    checkNoTunnelOptions(command);
    // Defaults of flags would hide those of the case.
    const isDefault = (option: string) => command.getOptionValueSource(option) === 'default';
    const hidden = (['samples', 'test', 'heteroscedastic'] as const).filter(isDefault);
    const unset = Object.fromEntries(hidden.map((option) => [option, undefined]));
    const simulation = simulate(name!, { ...options, ...unset });
    const files = await writeSimulation(simulation, out, { format });
    const edges = simulation.adjacency.reduce((sum, edge) => sum + edge, 0);
    const { ids, modalities, latents } = simulation;
    if (json) {
      printJson({ case: name, subjects: ids.length, modalities: modalities.length, latents, edges, files });
    } else {
      print(`${name}: ${ids.length} subjects, ${modalities.length} modalities of ${latents} latents, ${edges} edges`);
      print(`Written to ${out}. Next: interlatent fit ${out}/study.yaml --out runs/${name}`);
    }
  });
}

/** Returns the name and the sizes of every case. */
function caseTexts(): string[] {
  return Object.entries(CASES).map(([name, { modalities, columns, latents, ...rest }]) => {
    const shared = 'shared' in rest ? ` + ${latents} shared` : '';
    return `${name} ${modalities} × ${columns} → ${latents}${shared}`;
  });
}
