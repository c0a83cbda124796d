// The definition of agreement, as all outputs show it.

/** Explanation next to every figure of agreement. */
export const AGREEMENT =
  'Agreement is the share of restarts on the same data that found the link. It is not a confidence level: all ' +
  'restarts can agree on a chance pattern.';

/** Returns the number of restarts that have a link, as text. */
export function restartsText(agreement: number, restarts: number): string {
  return restarts === 1 ? 'one restart' : `${Math.round(agreement * restarts)} of ${restarts} restarts`;
}
