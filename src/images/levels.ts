// Pictures of any values as levels of 8 bits: from black at the least value to white at the largest.

/** Those that are drawn: all of three channels, or else the first. */
export function drawnChannels(channels: number): 1 | 3 {
  return channels === 3 ? 3 : 1;
}

/**
 * @param values channels × pixels, in any unit; a missing one, NaN, is black
 * @param range the values of black and white
 * @returns pixels × `drawnChannels(channels)`
 */
export function toLevels(
  values: ArrayLike<number>,
  channels: number,
  [low, high]: readonly [number, number],
): Uint8Array {
  const drawn = drawnChannels(channels);
  const pixels = values.length / channels;
  return Uint8Array.from({ length: pixels * drawn }, (_, i) => {
    const value = values[(i % drawn) * pixels + Math.floor(i / drawn)];
    const share = (value - low) / (high - low || 1);
    return Math.round(255 * Math.min(1, Math.max(0, share)));
  });
}
