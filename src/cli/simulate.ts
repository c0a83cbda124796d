// interlatent simulate CASE --out DIR: data with a known truth (docs/simulation.md).

import { Argument, Command, Option } from 'commander';
import { join } from 'node:path';
import { CASES, MECHANISMS, NOISES, simulate, writeSimulation } from '../data/simulate.js';
import { print, printJson } from './output.js';
import { jsonOption, numberBetween, wholeNumber } from './settings.js';

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('write a data set whose latents and graph are known: tables, study.yaml, truth.npz, truth-graph.json')
    .addArgument(new Argument('<case>', 'case of the paper').choices(Object.keys(CASES)));
}
