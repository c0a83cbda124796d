// The values that the observed causes of subjects have, for counterfactuals.

import { referenceOf, termTable, type Cause } from '../data/causes.js';
import { InputError } from '../errors/errors.js';
import type { Warning } from '../quality/index.js';
import type { Action } from './action.js';
import { valuesOfSubjects } from './cause-draws.js';
import type { GenerativeModel } from './generative-model.js';
import type { Setting } from './setting.js';

interface AskedCauses {
  /** Number of all subjects, and rows of those who are asked about. */
  readonly subjects: number;
  readonly rows: readonly number[];
  /** Causes of all subjects, if they are known. */
  readonly causes: readonly Cause[] | undefined;
  /** Values that all subjects have. */
  readonly stated: Setting | undefined;
}

interface FactualCauses {
  /** Returns the terms of a subject. Causes that are not known are at the reference. */
  readonly termsAt: (row: number) => Float64Array;
  readonly warnings: readonly Warning[];
}

/**
 * Returns the causes of subjects before the action.
 * @throws InputError `missing-causes` if a cause is set whose value a subject lacks; `unknown-level`, `invalid-setting`
 */
export function factualCauses(
  { known, terms: width }: GenerativeModel,
  { causes: set }: Action,
  { subjects, rows, causes, stated }: AskedCauses,
): FactualCauses {
  const values = valuesOfSubjects(known, subjects, causes, stated);
  const lacking = known.causes.filter((_, k) => rows.some((row) => Number.isNaN(values[k][row])));
  const needed = set.find(({ name }) => lacking.some((cause) => cause.name === name));
  if (needed) {
    throw new InputError(
      'missing-causes',
      `What would be different if ${needed.name} had been ${needed.value} depends on what it was, and that is not ` +
        `known of a subject. Write the causes into the study file as in that of the fit, or give their values: ` +
        `--causes ${needed.name}=VALUE (causes: { ${needed.name}: VALUE }).`,
      { cause: needed.name },
    );
  }
  const filled = known.causes.map((cause, k) =>
    values[k].map((value) => (Number.isNaN(value) ? referenceOf(cause) : value)),
  );
  const terms = termTable(known.causes, filled);
  return {
    termsAt: (row) => terms.subarray(row * width, (row + 1) * width),
    warnings: lacking.length === 0 ? [] : [atReference(lacking.map(({ name }) => name))],
  };
}

function atReference(names: readonly string[]): Warning {
  return {
    code: 'cause-at-reference',
    text:
      `${names.join(', ')}: not known of the subjects, so the answer is for subjects at the reference. Write the ` +
      'causes into the study file, or give their values (--causes).',
  };
}
