// The environments of `interlatent discover`: options, targets from options or a file, and their table.

import type { Command } from 'commander';
import type { DescribedEnvironments, Environments } from '../causal/discovery/index.js';
import { InputError } from '../errors/errors.js';
import { readText } from '../files/bytes.js';
import { counted } from '../text/numbers.js';
import { print, printable, table, wrapped } from './output.js';

/** Maximum number of bytes of a file with targets. */
const MAX_TARGETS = 2 ** 20;

/** With fewer columns, an intervention on most of them is no sign of a batch. */
const MIN_COLUMNS = 4;

/** Heading of the options. */
export const ENVIRONMENTS = 'Environments:';

export interface EnvironmentFlags {
  readonly environments?: string;
  readonly reference?: string;
  readonly targets?: readonly string[];
  readonly assigned?: boolean;
}

export function addEnvironmentOptions(command: Command): Command {
  return command
    .optionsGroup(ENVIRONMENTS)
    .option('--environments <column>', 'Column of the environments of the rows: arms, knock-outs, conditions.')
    .option('--reference <level>', 'Environment without an intervention. pc and fci compare the others with it.')
    .option(
      '--targets <level=columns...>',
      'Columns that an environment changes, as in drug=akt,pkc; drug= means none. Or a file (YAML or JSON) with a ' +
        'list for each environment.',
    )
    .option('--assigned', 'The environments were assigned, so that their edges are effects.');
}

/**
 * Returns the environments of the options; undefined for none.
 * @param levels environment of each row
 * @throws InputError `invalid-option`, `invalid-environments`; errors of reading a file
 */
export async function environmentsOf(
  { environments: name, reference, targets, assigned = false }: EnvironmentFlags,
  levels: readonly string[] | undefined,
): Promise<Environments | undefined> {
  if (name === undefined || levels === undefined) {
    const values = { '--reference': reference, '--targets': targets, '--assigned': assigned || undefined };
    const option = Object.entries(values).find(([, value]) => value !== undefined)?.[0];
    if (option === undefined) return undefined;
    throw new InputError('invalid-option', `${option} describes environments: name their column with --environments`, {
      option,
    });
  }
  return { name, levels, reference, assigned, ...(targets && { targets: await targetsOf(targets) }) };
}

async function targetsOf(entries: readonly string[]): Promise<Record<string, string[]>> {
  const result: Record<string, string[]> = {};
  for (const entry of entries) {
    const at = entry.indexOf('=');
    if (at < 0) {
      const { readTargetsText } = await import('./targets-text.js');
      Object.assign(result, readTargetsText(await readText(entry, MAX_TARGETS), entry));
    } else {
      const names = entry.slice(at + 1).split(',');
      result[entry.slice(0, at)] = names.filter((name) => name !== '');
    }
  }
  return result;
}

/**
 * Prints the environments with their rows and the columns that they change.
 * @param columns number of columns of the search
 */
export function printEnvironments(described: DescribedEnvironments, columns: number): void {
  const { name, reference, assigned, levels } = described;
  const isStated = levels.every(({ isKnown }) => isKnown);
  const claim = assigned ? 'directly changes' : 'is directly associated with';
  const cells = levels.map(({ level, rows, targets, isKnown }) => {
    const names = targets.map(printable).join(', ');
    const shown = `${names === '' ? '–' : names}${isKnown && !isStated ? ' (stated)' : ''}`;
    return [printable(level), rows, level === reference ? '(reference)' : shown];
  });
  const kind = isStated
    ? ''
    : assigned
      ? ', assigned'
      : ', not assigned: its edges are associations, and their arrowheads assume that no column causes it';
  print(`\n${counted(levels.length, 'environment')} of ${printable(name)}${kind}`);
  print(table(['environment', 'rows', isStated ? 'sets (stated)' : claim], cells));
  const wide = levels.filter(({ targets, isKnown }) => !isKnown && targets.length > columns / 2);
  if (columns < MIN_COLUMNS || wide.length === 0) return;
  print(
    wrapped(
      `${wide.map(({ level }) => printable(level)).join(', ')}: more than half of the columns. If an environment was ` +
        'measured apart from the reference, the difference between the two batches is among these.',
    ),
  );
}
