// What `agreement` is, in the words that stand wherever people meet it.

/** Said beside every figure of agreement. */
export const AGREEMENT =
  'Agreement counts restarts of the fit on the same data that found it too. It is no confidence: what chance put ' +
  'into the data, every restart can find.';

/** How many restarts of a fit have a link. */
export function restartsText(agreement: number, restarts: number): string {
  return restarts === 1 ? 'one restart' : `${Math.round(agreement * restarts)} of ${restarts} restarts`;
}
