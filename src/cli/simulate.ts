// interlatent simulate CASE --out DIR: data with a known truth (docs/simulation.md).

import { Argument, Command, Option } from 'commander';
import { InputError } from '../errors.js';
import { CASES } from '../simulation/cases.js';
import { MAX_MISSING, MAX_SUBJECTS, type SimulationOptions } from '../simulation/options.js';
import { simulate } from '../simulation/simulate.js';
import { CYCLES } from '../simulation/graph.js';
import { MECHANISMS, NOISES } from '../simulation/mechanism.js';
import { SIMULATION_FORMATS, writeSimulation, type SimulationFormat } from '../simulation/files.js';
import { print, printJson } from './output.js';
import { jsonOption, numberBetween, wholeNumber } from './settings.js';
import { simulateFrom } from './simulate-from.js';

interface Flags extends SimulationOptions {
  from?: string;
  subjects?: number;
  study?: string;
  out: string;
  format: SimulationFormat;
  json?: boolean;
}

export function simulateCommand(): Command {
  return new Command('simulate')
    .description(
      'write a data set whose latents and graph are known (tables, study.yaml, truth.npz, truth-graph.json), ' +
        'or new subjects of a fitted model',
    )
    .addArgument(new Argument('[case]', 'number and size of the modalities').choices(Object.keys(CASES)))
    .option('--from <run>', 'a RUN folder instead of a case: new subjects of its population, table by table')
    .option('--subjects <n>', 'with --from: how many (default: 1000)', wholeNumber('--subjects', 2))
    .option('--study <file>', 'with --from: the study of the fit, to tell how near new subjects come to its own')
    .requiredOption('--out <folder>', 'where to write; a study that is there already is not overwritten')
    .option('--seed <n>', 'seed of graph, mechanisms, mixing and noise', wholeNumber('--seed', 0), 0)
    .option(
      '--samples <n>',
      'subjects that train and validate (9 : 1)',
      wholeNumber('--samples', 20, MAX_SUBJECTS),
      10_000,
    )
    .option('--test <n>', 'held-out subjects', wholeNumber('--test', 0, MAX_SUBJECTS), 2000)
    .addOption(new Option('--mechanism <kind>', 'how parents act').choices(MECHANISMS).default('monotone'))
    .addOption(new Option('--noise <kind>', 'distribution of ε').choices(NOISES).default('gaussian'))
    .option('--no-heteroscedastic', 'noise of constant scale')
    .option('--extra-edges <p>', 'probability of further cross-modality edges', numberBetween('--extra-edges', 0, 1), 0)
    .option(
      '--cross-edges <n>',
      'number of cross-modality edges (two modalities)',
      wholeNumber('--cross-edges', 1, 10_000),
    )
    .option('--within-edges', 'edges inside modalities with probability 0.5')
    .addOption(
      new Option('--cycles <where>', 'latents that cause each other: in every modality, or across linked modalities')
        .choices(CYCLES)
        .default('none'),
    )
    .option(
      '--measurement-noise <sd>',
      'normal noise on every observed value, in sd of its column (default: 0)',
      numberBetween('--measurement-noise', 0, 100),
    )
    .option(
      '--mixed-columns <share>',
      'of columns turned into yes or no, grades and counts (default: 0)',
      numberBetween('--mixed-columns', 0, 1),
    )
    .option(
      '--missing-modalities <share>',
      'of (subject, modality) pairs, completely at random (default: 0)',
      numberBetween('--missing-modalities', 0, MAX_MISSING),
    )
    .option(
      '--missing-cells <share>',
      'of values, completely at random (default: 0)',
      numberBetween('--missing-cells', 0, MAX_MISSING),
    )
    .option('--missing-in-test', 'holes in the test part too, which is complete otherwise')
    .option('--shuffled', 'modalities in a random order instead of their causal one')
    .addOption(new Option('--format <format>', 'of the tables').choices(SIMULATION_FORMATS).default('csv'))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Cases (modalities × columns → latents each): ${Object.entries(CASES)
        .map(([name, { modalities, columns, latents, ...rest }]) => {
          const shared = 'shared' in rest ? ` + ${latents} shared` : '';
          return `${name} ${modalities} × ${columns} → ${latents}${shared}`;
        })
        .join(', ')}.
One fifth of the variance of a latent that has parents is noise. \
The defaults are the hardest noise to fake, Gaussian of a
scale that depends on the parents. Other mechanisms of the experiments:
  MLP heteroscedastic   interlatent simulate case1 --mechanism mlp --out DIR
  monotone Laplace      interlatent simulate case1 --noise laplace --no-heteroscedastic --out DIR
  linear Laplace        interlatent simulate case1 --mechanism linear --noise laplace --no-heteroscedastic --out DIR
  linear Gaussian       interlatent simulate case1 --mechanism linear --no-heteroscedastic --out DIR
The last one is not identifiable: a rotation of both modalities explains it as well. \
docs/simulation.md has every constant.`,
    )
    .action(async (name: string | undefined, { from, subjects, study, out, format, json, ...options }: Flags) => {
      if ((name === undefined) === (from === undefined)) {
        throw new InputError('invalid-option', 'Name a case, or a fitted model with --from RUN; one of the two.');
      }
      if (from !== undefined) {
        await simulateFrom(from, { subjects, study, seed: options.seed, out, format, json });
        return;
      }
      const simulation = simulate(name!, options);
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
