// Checks the causes of a data set that a library caller built.

import { CAUSE_EFFECTS, CAUSE_KINDS, type Cause, type CauseTerm } from './causes.js';
import { isModalityName, type Modality } from './dataset.js';
import { firstRepeated } from './repeated.js';

/** Place in the data set, and what is wrong there. */
interface CauseProblem {
  readonly place: string;
  readonly problem: string;
}

/** Returns what is wrong with the causes; undefined if nothing is wrong. @param train training rows that exist */
export function causeProblem(
  causes: readonly Cause[],
  modalities: readonly Pick<Modality, 'name' | 'exogenous'>[],
  { subjects, train }: { readonly subjects: number; readonly train: Int32Array },
): CauseProblem | undefined {
  const names = [...modalities, ...causes].map(({ name }) => name);
  const repeated = firstRepeated(names);
  if (repeated >= 0) {
    const place = repeated < modalities.length ? 'modalities' : `causes[${repeated - modalities.length}].name`;
    return { place, problem: `'${names[repeated]}' is repeated; rename one of them` };
  }
  for (const [i, cause] of causes.entries()) {
    const wrong = problemOf(cause, { subjects, train });
    if (wrong) return { place: `causes[${i}]${wrong.place}`, problem: wrong.problem };
  }
  const noisy = modalities.findIndex(({ exogenous }) => exogenous !== 0);
  if (noisy >= 0) {
    return {
      place: `modalities[${noisy}].exogenous`,
      problem:
        `is ${modalities[noisy].exogenous}, but with causes the exogenous variables are latents; use ` +
        'withPrivateLatents(dataset)',
    };
  }
  return undefined;
}

function problemOf(
  { name, kind, levels, reference, assigned, effect, values, terms }: Cause,
  { subjects, train }: { readonly subjects: number; readonly train: Int32Array },
): CauseProblem | undefined {
  const at = (place: string, problem: string): CauseProblem => ({ place, problem });
  if (!isModalityName(name)) {
    return at('.name', `is ${JSON.stringify(name)}; a name is a letter, then letters, digits, _ or -`);
  }
  if (!CAUSE_KINDS.includes(kind)) return at('.kind', `is ${kind}; accepted are ${CAUSE_KINDS.join(', ')}`);
  if (!CAUSE_EFFECTS.includes(effect)) return at('.effect', `is ${effect}; accepted are ${CAUSE_EFFECTS.join(', ')}`);
  if (typeof assigned !== 'boolean') return at('.assigned', 'must be true or false');
  if (values.length !== subjects) {
    return at('.values', `has ${values.length} elements, but there are ${subjects} ids`);
  }
  const isNamed = kind === 'categorical';
  const count = levels?.length ?? 0;
  if (isNamed && count < 2) return at('.levels', `has ${count} levels; a cause has the reference and another level`);
  const accepted = isNamed ? `a position in levels, from 0 to ${count - 1}` : 'a finite number';
  const isValid = (value: number) =>
    isNamed ? Number.isInteger(value) && value >= 0 && value < count : Number.isFinite(value);
  const bad = values.findIndex((value) => !isValid(value));
  if (bad >= 0) return at(`.values[${bad}]`, `is ${values[bad]}; accepted is ${accepted}`);
  if (!isNamed && !Number.isFinite(reference)) return at('.reference', 'must be a number, at which all terms are 0');
  if (terms.length === 0) return at('.terms', 'is empty; a cause has a term');
  const odd = terms.findIndex((term) => !isTermOf(term, isNamed ? levels!.slice(1) : undefined));
  if (odd >= 0) {
    return at(
      `.terms[${odd}]`,
      isNamed ? 'must be { level }, a level other than the first' : 'must have a finite zero and an sd above 0',
    );
  }
  if (isNamed && terms.length !== count - 1) {
    return at('.terms', `has ${terms.length} terms; each of ${count - 1} levels other than the reference has one`);
  }
  const trained = new Set(Array.from(train, (row) => values[row]));
  if (isNamed) {
    const untrained = levels!.findIndex((_, level) => !trained.has(level));
    if (untrained >= 0) return at(`.levels[${untrained}]`, `'${levels![untrained]}' has no subject in split.train`);
  } else if (trained.size < 2) {
    return at('.values', 'is the same in the whole training split; leave the cause out');
  }
  return undefined;
}

/** True if a term belongs to one of the levels, or to a number if there are none. */
function isTermOf(term: CauseTerm, levels: readonly string[] | undefined): boolean {
  if ('level' in term) return levels?.includes(term.level) ?? false;
  return levels === undefined && Number.isFinite(term.zero) && term.sd > 0 && term.sd < Infinity;
}
