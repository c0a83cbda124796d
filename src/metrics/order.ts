// Binary search in ascending numbers.

/** Returns how many numbers are less than `value`, or with `orEqual` not greater. */
export function countBelow(sorted: ArrayLike<number>, value: number, orEqual = false): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (sorted[middle] < value || (orEqual && sorted[middle] === value)) from = middle + 1;
    else to = middle;
  }
  return from;
}
