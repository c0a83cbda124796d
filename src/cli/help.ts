// The help of a command: examples first, then usage and options, then details.

import type { Command } from 'commander';
import { wrapped } from './output.js';

export interface Description {
  /** What the command does, in one or two sentences. */
  readonly description: string;
  /** Command lines. A comment explains each line that is not self-explanatory. */
  readonly examples: readonly (string | readonly [line: string, comment: string])[];
  /** Paragraphs after the options. A paragraph with line breaks keeps its lines. */
  readonly details?: readonly string[];
}

/** Adds the texts of `--help` to a command. */
export function describe(command: Command, texts: Description): Command {
  const { description, examples, details = [] } = texts;
  command.description(description);
  command.addHelpText('before', `${examples.length === 1 ? 'Example' : 'Examples'}:\n${exampleLines(examples)}\n`);
  const paragraphs = details.map((text) => (text.includes('\n') ? text : wrapped(text)));
  return command.addHelpText('after', paragraphs.map((text) => `\n${text}`).join('\n'));
}

/** Returns the examples as indented lines, each after the comment that explains it. */
function exampleLines(examples: Description['examples']): string {
  return examples
    .map((example) => (typeof example === 'string' ? `  ${example}` : `  # ${example[1]}\n  ${example[0]}`))
    .join('\n');
}
