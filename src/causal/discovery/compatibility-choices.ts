// Parses the names of decisions in which another program differs from this one.

import { shown } from '../../errors/argument.js';
import { InputError } from '../../errors/errors.js';
import { didYouMean } from '../../errors/suggestion.js';

/**
 * Returns the requested choices.
 * @param compatibility the name of a program for all of its choices, or some of them; none when left out
 * @param known all choices
 * @throws InputError `unknown-compatibility`
 */
export function choicesOf<Choice extends string>(
  compatibility: 'causal-learn' | readonly Choice[] | undefined,
  known: readonly Choice[],
): ReadonlySet<Choice> {
  if (compatibility === undefined) return new Set();
  if (compatibility === 'causal-learn') return new Set(known);
  const requested: readonly unknown[] = Array.isArray(compatibility) ? compatibility : [compatibility];
  const at = requested.findIndex((choice) => !known.some((one) => one === choice));
  if (at < 0) return new Set(compatibility);
  const unknown = requested[at];
  const meant = typeof unknown === 'string' ? didYouMean(unknown, ['causal-learn', ...known]) : '';
  throw new InputError(
    'unknown-compatibility',
    `there is no compatibility ${shown(unknown)}${meant}: choose causal-learn, or any of ${known.join(', ')}`,
  );
}
