// Result tables that a fit or its study cannot have.

import { listed } from '../text/numbers.js';
import { print, wrapped } from './output.js';

/** Prints every reason once, with the tables that are missing for it. @param missing reasons by table */
export function printMissing(missing: Readonly<Record<string, string>>): void {
  const tablesOf = new Map<string, string[]>();
  for (const [name, reason] of Object.entries(missing)) {
    tablesOf.set(reason, [...(tablesOf.get(reason) ?? []), name]);
  }
  for (const [reason, names] of tablesOf) {
    print(wrapped(`No ${names.length === 1 ? 'table' : 'tables'} ${listed(names)}: ${reason}`, '  '));
  }
}
