// Converts values to intensities of 8 bits for drawings.

/** Returns the number of channels to draw: all three, or else the first. */
export function drawnChannels(channels: number): 1 | 3 {
  return channels === 3 ? 3 : 1;
}

/**
 * Scales values linearly to intensities.
 * @param values channels × pixels, in any unit; NaN (missing) is black
 * @param range values of black and white
 * @returns pixels × `drawnChannels(channels)`
 */
export function toIntensities(
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
