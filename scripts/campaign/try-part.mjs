// One part of the campaign from its start to its verdict.
/* global performance */
import { Outcome, Skipped } from './outcome.mjs';
import { generatorOf } from './random.mjs';

/**
 * @param part `{ name, run }`; what `run` noted before it threw counts
 * @returns `{ part, verdict, tried, failures, figures, skipped, seconds }`
 */
export async function tryPart({ name, run }, { seed, ...settings }) {
  const outcome = new Outcome();
  const start = performance.now();
  let skipped;
  try {
    await run({ ...settings, outcome, randomOf: (...task) => generatorOf(seed, name, ...task) });
    if (outcome.tried === 0) outcome.failures.push('it tried nothing');
  } catch (error) {
    if (error instanceof Skipped) skipped = error.message;
    else outcome.failures.push(error.stack);
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  const { failures, tried, figures } = outcome;
  const verdict = failures.length > 0 ? 'FAILED' : skipped === undefined ? 'held' : 'skipped';
  return { part: name, verdict, tried, failures, figures, ...(skipped && { skipped }), seconds };
}
