// Runs one part of the campaign.
/* global performance */
import { Outcome, Skipped } from './outcome.mjs';
import { generatorOf } from './random.mjs';

/**
 * Runs a part and judges its outcome.
 * @param part `{ name, run }`; trials that `run` notes before it throws count
 * @returns `{ part, verdict, tried, failures, figures, skipped, seconds }`
 */
export async function tryPart({ name, run }, { seed, ...settings }) {
  const outcome = new Outcome();
  const start = performance.now();
  let skipped;
  try {
    await run({ ...settings, outcome, randomOf: (...task) => generatorOf(seed, name, ...task) });
    if (outcome.tried === 0) outcome.failures.push('the part tried nothing');
  } catch (error) {
    if (error instanceof Skipped) skipped = error.message;
    else outcome.failures.push(error.stack);
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  const { failures, tried, figures } = outcome;
  const verdict = failures.length > 0 ? 'FAILED' : skipped === undefined ? 'passed' : 'skipped';
  return { part: name, verdict, tried, failures, figures, ...(skipped && { skipped }), seconds };
}
