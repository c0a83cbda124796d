// The command line. Each command has a separate file. This file connects them, and turns errors into messages and exit
// codes. 0: success; 1: failure; 2: a mistake of the user; 130: interrupted.

import { Command, CommanderError } from 'commander';
import { taskThreads } from '../background/niceness.js';
import { causeCode } from '../errors/cause.js';
import { InputError, InterlatentError } from '../errors/errors.js';
import { writeError } from '../files/atomic.js';
import { version } from '../runtime/package.js';
import { onStderr } from './colors.js';
import { COMMANDS, listed } from './commands.js';
import { Interrupted } from './interrupt.js';
import { printable } from './output.js';

/** Runs the arguments of this process, and sets its exit code. @param program default: that of this package */
export async function runProcess(program?: Command): Promise<void> {
  const args = process.argv.slice(2);
  taskThreads.niceness = 0;
  // A reader of our output, such as `head`, may close the stream, and a disk may be full. The current work still
  // finishes. Only the first error of a stream is reported.
  for (const [stream, name] of [
    [process.stdout, 'the output'],
    [process.stderr, 'the messages'],
  ] as const) {
    stream.once('error', (error) => {
      stream.on('error', () => undefined);
      const isUnread = ['EPIPE', 'ERR_STREAM_DESTROYED'].includes(causeCode(error));
      if (!isUnread) process.exitCode = printError(writeError(name, error), { isJson: args.includes('--json') });
    });
  }
  const code = await runCommandLine(args, program);
  if (code !== 0) process.exitCode = code;
}

/**
 * Runs a command line, which prints to the streams of this process.
 * @param args arguments without those of Node
 * @param program default: that of this package
 * @returns the exit code
 */
export async function runCommandLine(args: readonly string[], program?: Command): Promise<number> {
  try {
    const used = program ?? (await programFor(args));
    await used.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    return printError(error, { isJson: args.includes('--json') });
  }
}

/** Returns the program with all commands. */
export async function wholeProgram(): Promise<Command> {
  return programOf(await Promise.all(COMMANDS.map(async (one) => listed(await one.load(), one))));
}

/** Returns the program for some arguments. Only the command that they name is loaded and has options. */
async function programFor(args: readonly string[]): Promise<Command> {
  const named = args.find((one) => !one.startsWith('-'));
  const load = async (one: (typeof COMMANDS)[number]): Promise<Command> =>
    one.name === named ? one.load() : new Command(one.name);
  return programOf(await Promise.all(COMMANDS.map(async (one) => listed(await load(one), one))));
}

function programOf(commands: readonly Command[]): Command {
  const program = new Command('interlatent')
    .description(
      'Learns causal latent variables, and the graph between them, from several modalities of the same subjects.',
    )
    .version(version, '-V, --version', 'Print the version.')
    .helpCommand(false)
    .showHelpAfterError('(--help lists the options)')
    .configureHelp({ sortSubcommands: false, subcommandTerm: (command) => command.name() })
    .addHelpText(
      'before',
      `A first fit, on simulated data:
  interlatent simulate case1 --seed 0 --out data/case1
  interlatent fit data/case1/study.yaml --out runs/case1
  interlatent evaluate runs/case1 --truth data/case1/truth.npz
  interlatent report runs/case1 --out report.html
`,
    )
    .addHelpText('after', '\nEvery command has --help, which begins with an example.');

  for (const command of commands) program.addCommand(command);
  return withConventions(program);
}

/** Sets what all commands of a program have in common: `--help`, checks of paths, and errors instead of exits. */
export function withConventions(program: Command): Command {
  for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]) {
    command.hook('preAction', (_, action) => {
      checkPaths(action);
    });
    command
      .helpOption('-h, --help', 'Print this help.')
      .exitOverride()
      .configureOutput({
        outputError: (text, write) => {
          write(printable(text));
        },
      });
  }
  return program;
}

/** Placeholders of paths in options. */
const PATHS = /<(dir|file|folder|graph|path|run)>/;

/**
 * Refuses empty paths. A script with an unset variable passes one, and it would mean the working folder.
 * @throws InputError `invalid-option`
 */
function checkPaths(command: Command): void {
  const argument = command.registeredArguments.find((_, i) => [command.processedArgs[i]].flat().includes(''));
  const option = command.options.find(
    (one) => PATHS.test(one.flags) && command.getOptionValue(one.attributeName()) === '',
  );
  const what = argument ? `<${argument.name()}>` : option?.long;
  if (what === undefined) return;
  throw new InputError('invalid-option', `${what} is empty. Give a path.`, { option: what });
}

/** Prints an error on standard error. @returns the exit code */
function printError(error: unknown, { isJson }: { readonly isJson: boolean }): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Interrupted) {
    process.stderr.write(`${error.message}\n`);
    return 130;
  }
  if (error instanceof InterlatentError) {
    if (isJson) {
      const { code, message, details } = error;
      process.stderr.write(`${JSON.stringify({ error: { code, message, details } })}\n`);
    } else {
      process.stderr.write(`${onStderr.red(`error [${error.code}]`)} ${printable(error.message)}\n`);
    }
    return error instanceof InputError ? 2 : 1;
  }
  process.stderr.write(
    `${onStderr.red('error [unexpected]')} ` +
      `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return 1;
}
