// Enumeration of subsets, for conditioning.

/** Yields the subsets of `size` items in lexicographic order of positions. Each is a new array. */
export function* combinations(items: readonly number[], size: number): Generator<number[]> {
  if (size > items.length) return;
  const chosen = Array.from({ length: size }, (_, i) => i);
  for (;;) {
    yield chosen.map((i) => items[i]);
    let position = size - 1;
    while (position >= 0 && chosen[position] === items.length - size + position) position--;
    if (position < 0) return;
    chosen[position]++;
    for (let i = position + 1; i < size; i++) chosen[i] = chosen[i - 1] + 1;
  }
}

/** Yields all subsets of at most `maxSize` items, smaller ones first. */
export function* subsets(items: readonly number[], maxSize = Infinity): Generator<number[]> {
  for (let size = 0; size <= Math.min(items.length, maxSize); size++) yield* combinations(items, size);
}
