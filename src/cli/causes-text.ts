// The output of `inspect` about causes and batches: levels, and what was left out.

import { MIN_SCALED } from '../data/batches.js';
import type { CauseReport, Inspection, ModalityReport } from '../study/inspection/inspection.js';
import { counted, number } from '../text/numbers.js';
import { print, printHeading, table, wrapped } from './output.js';

/** Maximum number of levels of a cause that are printed. */
const MAX_LEVELS = 30;

/** Prints the causes; nothing for a study without causes. */
export function printCauses({ causes }: Inspection): void {
  if (!causes) return;
  printHeading('Causes');
  for (const cause of causes) printCause(cause);
}

function printCause({ name, kind, assigned, effect, reference, levels, range, targets, ...losses }: CauseReport): void {
  const compared = reference === undefined ? (levels?.[0].level ?? '') : number(reference);
  const between = range ? ` from ${number(range[0])} to ${number(range[1])}` : '';
  const facts = `${kind}${between}, ${assigned ? 'assigned' : 'observed'}, ${effect} effect, reference ${compared}`;
  print(wrapped(`${name}: ${facts}`, '  '));
  if (levels) {
    const shown = levels.slice(0, MAX_LEVELS);
    const acts = (level: string, row: number) => {
      if (kind === 'categorical' && row === 0) return '';
      return (targets?.[level] ?? targets?.['*'])?.join(', ') ?? 'not known';
    };
    print(
      table(
        ['level', 'subjects', 'training', ...(targets ? ['may act on'] : [])],
        shown.map(({ level, subjects, training }, row) => [
          ...[level, subjects, training],
          ...(targets ? [acts(level, row)] : []),
        ]),
      ),
    );
    if (shown.length < levels.length) print(`… and ${levels.length - shown.length} more (--json has all)`);
  } else if (targets) {
    print(`  may act on ${Object.values(targets).flat().join(', ')}`);
  }
  const { missing, rare } = losses;
  if (missing > 0) print(`  left out: ${counted(missing, 'subject')} without a value`);
  if (rare.length > 0) {
    const list = rare.map(({ level, subjects }) => `${level} (${subjects})`).join(', ');
    print(wrapped(`  left out, because too few subjects have these levels: ${list}`, '  '));
  }
}

/** Prints the batches of a modality; nothing if it has none. */
export function printBatches({ batches }: ModalityReport): void {
  if (!batches) return;
  const { column, levels, lacking } = batches;
  const list = levels.slice(0, MAX_LEVELS).map(({ level, subjects }) => `${level} (${subjects})`);
  const rest = levels.length > MAX_LEVELS ? ` and ${levels.length - MAX_LEVELS} more (--json has all)` : '';
  const scaled = levels.filter(({ training }) => training >= MIN_SCALED).length;
  const deviations = scaled < levels.length ? `; ${scaled} of them have enough subjects for a standard deviation` : '';
  print(wrapped(`  the effect of ${column} is removed: ${list.join(', ')}${rest}${deviations}`, '  '));
  if (lacking > 0) print(`  left out: ${counted(lacking, 'subject')} without ${column}`);
}
