// Output for readers: lines of at most 80 columns, and help that begins with an example.

import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { wholeProgram } from '../../src/cli/command-line.js';
import { commandLine } from '../fixtures/command-line.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
const commands = commandLine();
const program = await wholeProgram();
const MAX_COLUMNS = 80;
const QUICK = '--fit joint --epochs 2 --encoder-restarts 1';

/** Runs a command line in the folder of this test. */
function interlatent(line: string): string {
  const { code, out } = commands(folder, line.split(' '));
  expect({ line, code }).toEqual({ line, code: 0 });
  return out;
}

/** Returns the lines that are too long, except command lines and single words, which cannot be wrapped. */
function longLines(text: string): string[] {
  return stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => Array.from(line).length > MAX_COLUMNS)
    .filter((line) => !line.startsWith('interlatent ') && line.trim().includes(' '));
}

/** Returns all commands, including those inside other commands. */
function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

describe('the output of', () => {
  let study: string;
  beforeAll(() => {
    interlatent('simulate case1 --samples 260 --test 80 --out data');
    study = interlatent('study run data --out out --quick');
  }, 170_000);

  test('study run has lines of at most 80 columns', () => {
    expect(study).toContain('Conclusions');
    expect(longLines(study)).toEqual([]);
  });

  test.each([
    ['inspect', 'inspect data/study.yaml', 'Next steps'],
    ['inspect --verbose', 'inspect data/study.yaml --verbose', 'skewness'],
    ['fit', `fit data/study.yaml --out run ${QUICK}`, 'Conclusions'],
    ['fit --verbose', `fit data/study.yaml --out run ${QUICK} --resume --verbose`, 'ranked by'],
    ['evaluate', 'evaluate out/run --truth data/truth.npz', 'MCC'],
    ['discover RUN', 'discover out/run', 'pairs tested'],
    ['discover TABLE', 'discover data/m1.csv --half-samples 3', 'half-samples'],
  ])('%s has lines of at most 80 columns', (_, line, expected) => {
    const text = interlatent(line);
    expect(text).toContain(expected);
    expect(longLines(text)).toEqual([]);
  });
});

describe('the help of', () => {
  const named = allCommands(program)
    .filter((command) => command.commands.length === 0)
    .map((command): [string, Command] => [command.name(), command]);

  test.each(named)('%s begins with an example, and describes options in sentences', (_, command) => {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect(help).toMatch(/^Examples?:\n {2}\S/);
    const texts = [...command.options, ...command.registeredArguments].map(({ description }) => description);
    expect(texts.filter((text) => !/^(?:[A-Z]|\W).*\.$/s.test(text))).toEqual([]);
  });
});
