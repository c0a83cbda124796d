// What `agreement` is, in the words that stand wherever people meet it.

/** Said beside every figure of agreement. */
export const AGREEMENT =
  'Agreement counts restarts of the fit on the same data that found it too. It is no confidence: what chance put ' +
  'into the data, every restart can find.';

/** How many runs of a fit have a link. */
export function runsText(agreement: number, runs: number): string {
  return runs === 1 ? 'one run' : `${Math.round(agreement * runs)} of ${runs} runs`;
}
