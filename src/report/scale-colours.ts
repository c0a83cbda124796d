// Colours of signed and unsigned values. Values of 0 are transparent and show the card, so the colours work in light
// and dark themes. People with any kind of colour vision can distinguish blue and orange.

export type Colour = readonly [red: number, green: number, blue: number];

export const FALLS: Colour = [47, 127, 214];
export const RISES: Colour = [224, 99, 43];
export const ACTS: Colour = [138, 86, 214];
const MIDDLE: Colour = [138, 148, 160];

/** Returns the colour of a line, which is never transparent. @param share from −1 to 1 */
export function divergingColour(share: number): string {
  const end = share < 0 ? FALLS : RISES;
  return hex(MIDDLE.map((middle, i) => middle + Math.abs(share) * (end[i] - middle)));
}

export function hex(colour: readonly number[]): string {
  return `#${colour.map((level) => Math.round(level).toString(16).padStart(2, '0')).join('')}`;
}
