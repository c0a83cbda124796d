// The output of `inspect` about outcomes, and about groups that are compared after a fit.

import type { Inspection, OutcomeReport } from '../study/inspection/inspection.js';
import { counted, number } from '../text/numbers.js';
import { print, printHeading, wrapped } from './output.js';

/** Maximum number of levels of an outcome that are printed. */
const MAX_LEVELS = 12;

/** Prints the outcomes; nothing for a study without outcomes. */
export function printOutcomes({ outcomes, subjects }: Inspection): void {
  if (!outcomes) return;
  printHeading('Outcomes, which no fit reads');
  for (const outcome of outcomes) {
    const { name, adjust, lacking = 0 } = outcome;
    const missing = outcome.subjects < subjects ? ` of ${subjects}` : '';
    const kind = outcome.kind.replaceAll('-', ' ');
    print(wrapped(`${name}: ${kind}, ${outcome.subjects}${missing} subjects${figures(outcome)}`, '  '));
    if (adjust) {
      const without = lacking > 0 ? `; ${counted(lacking, 'subject')} without a value of these` : '';
      print(wrapped(`  adjusted for ${adjust.join(', ')}${without}`, '  '));
    }
  }
}

/** Prints the groups and their sizes; nothing for a study without `subgroups`. */
export function printSubgroups({ subgroups, subjects }: Inspection): void {
  if (!subgroups) return;
  const { column, groups, without, adjust, lacking = 0 } = subgroups;
  printHeading('Subgroups, which no fit reads');
  const sizes = groups.map((group) => `${group.name} (${group.subjects})`);
  const missing = without > 0 ? ` of ${subjects}` : '';
  print(wrapped(`${column}, ${subjects - without}${missing} subjects: ${sizes.join(', ')}`, '  '));
  if (!adjust) return;
  const unknown = lacking > 0 ? `; ${counted(lacking, 'subject')} without a value of these` : '';
  print(wrapped(`  adjusted for ${adjust.join(', ')}${unknown}`, '  '));
}

function figures({ events, followUp, levels, range }: OutcomeReport): string {
  if (events !== undefined && followUp) {
    return `, ${counted(events, 'event')}, median time ${number(followUp.median)}, maximum ${number(followUp.max)}`;
  }
  if (levels) {
    const shown = levels.slice(0, MAX_LEVELS).map(({ level, subjects }) => `${level} (${subjects})`);
    const rest = levels.length > MAX_LEVELS ? `, and ${levels.length - MAX_LEVELS} more (--json has all)` : '';
    return `: ${shown.join(', ')}${rest}`;
  }
  return range ? ` from ${number(range[0])} to ${number(range[1])}` : '';
}
