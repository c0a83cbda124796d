// docs/reference/cli.md: every command with its arguments, options and help, as commander knows them.

import type { Argument, Command, Option } from 'commander';
import { wholeProgram } from '../../src/cli/command-line.js';
import { code, escaped, page, table } from './markdown.js';

export async function cliPage(): Promise<string> {
  const program = await wholeProgram();
  const commands = visible(program);
  return page('Command line', [
    'This page is for people who use the program `interlatent` in a terminal or a script. It lists every command ' +
      'with its arguments and options. `interlatent COMMAND --help` prints the same text.',
    '## Commands',
    ...groups(commands).map(([title, members]) =>
      [
        title,
        table(
          ['command', 'purpose'],
          members.map((command) => [link(command), escaped(summary(command))]),
        ),
      ]
        .filter((part) => part !== '')
        .join('\n\n'),
    ),
    '## Exit codes',
    table(
      ['code', 'meaning'],
      [
        ['0', 'The command did its work.'],
        ['1', 'Something failed: a disk, a device, or the numbers.'],
        ['2', 'The input is not accepted: a file, a value or an option. The message says what to change.'],
        ['130', 'You interrupted the command. A fit leaves a checkpoint for `--resume`.'],
      ],
    ),
    'Errors begin with a [code](errors.md) that does not change between versions. With `--json` an error is an ' +
      'object with `code`, `message` and `details` on the standard error stream.',
    ...commands.flatMap((command) => section(command)),
  ]);
}

const visible = (command: Command): readonly Command[] =>
  command.commands.filter((one) => one.name() !== 'help' && !(one as { _hidden?: boolean })._hidden);

/** Returns commands by the heading of their group in `--help`, in its order. */
function groups(commands: readonly Command[]): [string, readonly Command[]][] {
  const headings = [...new Set(commands.map((command) => command.helpGroup()))];
  return headings.map((heading) => [
    heading ? `### ${heading.replace(/:$/, '')}` : '',
    commands.filter((command) => command.helpGroup() === heading),
  ]);
}

const fullName = (command: Command): string =>
  command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name();
const link = (command: Command): string => `[${code(command.name())}](#${fullName(command).replaceAll(' ', '-')})`;
const summary = (command: Command): string => command.summary() || command.description();

function section(command: Command): readonly string[] {
  const inner = visible(command);
  const level = '#'.repeat(fullName(command).split(' ').length);
  const { before, after } = addedHelp(command);
  return [
    `${level} ${fullName(command)}`,
    escaped(command.description()),
    before,
    `\`\`\`text\n${fullName(command)} ${command.usage()}\n\`\`\``,
    table(
      ['argument', 'meaning', 'default'],
      command.registeredArguments.map((argument) => [
        code(argument.name()),
        sentences(argument.description, argument.required ? '' : 'Optional.'),
        value(argument),
      ]),
    ),
    ...optionTables(command),
    after,
    ...inner.flatMap((one) => section(one)),
  ];
}

/** Returns a table of options for each heading of `--help`. */
function optionTables({ options }: Command): readonly string[] {
  const shown = options.filter(({ hidden }) => !hidden);
  const headings = [...new Set(shown.map(({ helpGroupHeading }) => helpGroupHeading))];
  return headings.flatMap((heading) => [
    heading === undefined ? '' : `**${heading.replace(/:$/, '')}**`,
    table(
      ['option', 'meaning', 'default'],
      shown
        .filter(({ helpGroupHeading }) => helpGroupHeading === heading)
        .map((option) => [code(option.flags), meaning(option), value(option)]),
    ),
  ]);
}

function meaning({ description, argChoices, mandatory }: Option): string {
  const choices = argChoices?.map(code).join(', ');
  return sentences(description, choices ? `One of ${choices}.` : '', mandatory ? 'Required.' : '');
}

/** Returns a description and further sentences, separated by full stops. */
function sentences(description: string, ...more: readonly string[]): string {
  const added = more.filter((text) => text !== '');
  const stop = added.length > 0 && /[^.!?:]$/.test(description) ? '.' : '';
  return [escaped(description) + stop, ...added].join(' ').trim();
}

function value({ defaultValue, defaultValueDescription }: Argument | Option): string {
  if (defaultValueDescription !== undefined) return escaped(defaultValueDescription);
  if (defaultValue === undefined || defaultValue === false) return '';
  return code(typeof defaultValue === 'string' ? defaultValue : JSON.stringify(defaultValue));
}

/** Returns what a command's help has before and after the lists of arguments and options, as Markdown. */
function addedHelp(command: Command): { readonly before: string; readonly after: string } {
  let printed = '';
  command.configureOutput({ writeOut: (text) => (printed += text) });
  const listed = command.configureHelp({ helpWidth: 100 }).helpInformation();
  command.outputHelp();
  const at = printed.indexOf(listed);
  if (at < 0) return { before: '', after: '' };
  return { before: asMarkdown(printed.slice(0, at)), after: asMarkdown(printed.slice(at + listed.length)) };
}

/** Returns help as Markdown: indented lines become a block of text, other lines paragraphs. */
function asMarkdown(help: string): string {
  const blocks: { readonly isCode: boolean; readonly lines: string[] }[] = [];
  for (const line of help.trim() === '' ? [] : help.replace(/^\n+|\n+$/g, '').split('\n')) {
    const isCode = line.startsWith('  ');
    const last = blocks.at(-1);
    if (last && (line === '' || last.isCode === isCode)) last.lines.push(line);
    else if (line !== '') blocks.push({ isCode, lines: [line] });
  }
  return blocks
    .map(({ isCode, lines }) => {
      const text = lines.join('\n').trimEnd();
      return isCode ? `\`\`\`text\n${text}\n\`\`\`` : paragraphs(text);
    })
    .join('\n\n');
}

const paragraphs = (text: string): string =>
  text
    .split(/\n\n+/)
    .map((one) => linked(escaped(one.replaceAll('\n', ' '))))
    .join('\n\n');

/** Returns text whose mentions of pages are links to them. */
const linked = (text: string): string =>
  text.replaceAll(/\bdocs\/([\w/-]+\.md)\b/g, (path, target: string) => {
    const link = target.startsWith('reference/') ? target.slice('reference/'.length) : `../${target}`;
    return `[${path}](${link})`;
  });
