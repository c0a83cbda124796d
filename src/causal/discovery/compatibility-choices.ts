// Names of decisions that another program takes otherwise, as a caller gives them.

import { shown } from '../../argument.js';
import { InputError } from '../../errors.js';
import { didYouMean } from '../../suggestion.js';

/**
 * Those that are asked for.
 * @param compatibility all of a program, or some; none when left out
 * @param known all there are
 * @throws InputError `unknown-compatibility`
 */
export function choicesOf<Choice extends string>(
  compatibility: 'causal-learn' | readonly Choice[] | undefined,
  known: readonly Choice[],
): ReadonlySet<Choice> {
  if (compatibility === undefined) return new Set();
  if (compatibility === 'causal-learn') return new Set(known);
  const asked: readonly unknown[] = Array.isArray(compatibility) ? compatibility : [compatibility];
  const at = asked.findIndex((choice) => !known.some((one) => one === choice));
  if (at < 0) return new Set(compatibility);
  const unknown = asked[at];
  const meant = typeof unknown === 'string' ? didYouMean(unknown, ['causal-learn', ...known]) : '';
  throw new InputError(
    'unknown-compatibility',
    `there is no compatibility ${shown(unknown)}${meant}: choose causal-learn, or some of ${known.join(', ')}`,
  );
}
