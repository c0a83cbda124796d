// What observed causes and interventions do to the mechanism of a simulated latent.

/** A change of the mechanism z = signal(parents) + noise. Numbers are in sds of the latent without any change. */
export interface Change {
  /** Factor of the part that the parents determine. */
  readonly signal: number;
  /** Factor of the noise. */
  readonly noise: number;
  /** Constant that is added. */
  readonly shift: number;
  /** Distribution that replaces the mechanism: mean + sd · ε. */
  readonly replacement?: { readonly mean: number; readonly sd: number } | undefined;
}

/** The change of each latent for the subject in a row. A latent without an entry, or `undefined`, has none. */
export type Changes = ReadonlyMap<number, (row: number) => Change | undefined>;

export const NO_CHANGE: Change = { signal: 1, noise: 1, shift: 0 };

/** Returns the effect of two changes together. A distribution that replaces the mechanism removes every other change. */
export function bothChanges(first: Change, second: Change): Change {
  return {
    signal: first.signal * second.signal,
    noise: first.noise * second.noise,
    shift: first.shift + second.shift,
    replacement: second.replacement ?? first.replacement,
  };
}
