// Words for associations with outcomes.

import type { Outcome } from '../../data/outcomes.js';
import { MIN_EVENTS, MIN_UNITS, type Measure, type Untested } from './association.js';
import { MIN_LEVEL_UNITS } from './units.js';
import { MAX_Q, type OutcomeResult, type OutcomeResults } from './results.js';

const MEASURES: Readonly<Record<Measure, string>> = {
  r: 'r',
  rho: 'ρ',
  eta2: 'η²',
  'hazard-ratio': 'hazard ratio per sd',
  r2: 'R², joint',
  wilks: '1 − Λ, joint',
  'likelihood-ratio': 'χ², joint',
};

const UNTESTED: Readonly<Record<Untested, string>> = {
  circular: 'its modality measures the outcome',
  'too-few': `fewer than ${MIN_UNITS} subjects, ${MIN_EVENTS} events, or 10 degrees of freedom`,
  'no-variation': 'nothing varies',
  'no-events': 'no events',
  collinear: 'collinear with covariates',
  separated: 'separates the events, so the hazard ratio is infinite',
  'not-converged': 'the regression did not converge',
};

/** Returns the name of a measure, such as `partial r`. */
export function measureText({ measure, outcome }: Pick<OutcomeResult, 'measure' | 'outcome'>): string {
  const isPartial = outcome.covariates.length > 0 && measure !== 'hazard-ratio' && measure !== 'likelihood-ratio';
  return `${isPartial ? 'partial ' : ''}${MEASURES[measure]}`;
}

/** Returns the result of a test in words. */
export function resultText({ untested, q = 1 }: Pick<OutcomeResult, 'q' | 'untested'>): string {
  if (untested) return `not tested: ${UNTESTED[untested]}`;
  return q <= MAX_Q ? 'associated' : 'not found';
}

/** Returns the columns of an outcome, for people. */
export function outcomeText(outcome: Outcome): string {
  const kind = outcome.kind.replaceAll('-', ' ');
  const covariates = outcome.covariates.map(({ column }) => column);
  return `${outcome.name}: ${kind}${covariates.length > 0 ? `, adjusted for ${covariates.join(', ')}` : ''}`;
}

function adjustmentText({ name, covariates }: Outcome): string {
  return `${name} for ${covariates.map(({ column }) => column).join(', ')}`;
}

/** Returns the notes that a reader of the results needs. */
export function outcomeNotes(
  { results, tests, units, cautions }: OutcomeResults,
  { groups }: { readonly groups?: readonly string[] | undefined },
): string[] {
  const adjusted = [...new Set(results.map(({ outcome }) => outcome))].filter(
    ({ covariates }) => covariates.length > 0,
  );
  const names = new Set(results.map(({ outcome }) => outcome.name));
  return [
    ...cautions,
    `q is p corrected for all ${tests} tests (Benjamini and Hochberg); up to ${MAX_Q} is called associated. All ` +
      'latents are out-of-fold.',
    ...(adjusted.length > 0 ? [`Adjusted: ${adjusted.map(adjustmentText).join('; ')}.`] : []),
    ...(units.some(({ isBlock }) => isBlock)
      ? ['The latents of a block are mixtures with arbitrary axes, so a block has one joint test.']
      : []),
    ...(units.some(({ verdict }) => verdict === 'not-replicated')
      ? ['Models of other subjects do not find the latents that are called not replicated.']
      : []),
    ...(results.some(({ outcome }) => outcome.kind === 'categorical')
      ? [`Levels may differ in variance (Welch, HC3). Levels of fewer than ${MIN_LEVEL_UNITS} subjects are left out.`]
      : []),
    ...(groups ? ['A group of rows counts once.'] : []),
    ...(names.size > 0 ? ['An association is not an effect: other causes of both can explain it.'] : []),
  ];
}

/** What tables of outcomes say about a study without outcomes. */
export const NO_OUTCOMES =
  'The study has no outcomes. Write them into the study file (outcomes); the fit stays as it is.';
