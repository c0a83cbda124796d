// Compares the sets of modalities that were found to have latents in common with the true ones.

/** A modality and its number of true latents. */
interface ModalityWidth {
  readonly name: string;
  readonly latents: number;
}

/** A set of modalities and the number of latents that exactly these modalities have in common. */
export interface SharedSet {
  readonly modalities: readonly string[];
  readonly latents: number;
  /** True if the set may have more of them. */
  readonly isUndecided: boolean;
}

export interface SharingScore {
  /** Sets of modalities with true or estimated latents in common, and undecided ones. */
  readonly sets: readonly {
    readonly modalities: readonly string[];
    readonly true: number;
    readonly estimated: number;
    readonly isUndecided: boolean;
  }[];
  /** Number of `sets` with the right number of latents that are not undecided. */
  readonly right: number;
}

/** @param variables number of the variable of each true latent: copies have the same number */
export function sharingScore(
  modalities: readonly ModalityWidth[],
  variables: ArrayLike<number>,
  estimated: readonly SharedSet[],
): SharingScore {
  const owners = modalities.flatMap(({ name, latents }) => new Array<string>(latents).fill(name));
  const observers = new Map<number, string[]>();
  owners.forEach((name, i) => observers.set(variables[i], [...(observers.get(variables[i]) ?? []), name]));
  const counts = new Map<string, number>();
  const order = modalities.map(({ name }) => name);
  const keyOf = (names: readonly string[]) => order.filter((name) => names.includes(name)).join(' ');
  for (const names of observers.values()) {
    if (names.length > 1) counts.set(keyOf(names), (counts.get(keyOf(names)) ?? 0) + 1);
  }
  const known = new Map(
    estimated
      .filter(({ latents, isUndecided }) => latents > 0 || isUndecided)
      .map((set) => [keyOf(set.modalities), set]),
  );
  const sets = [...new Set([...counts.keys(), ...known.keys()])].map((key) => ({
    modalities: key.split(' '),
    true: counts.get(key) ?? 0,
    estimated: known.get(key)?.latents ?? 0,
    isUndecided: known.get(key)?.isUndecided ?? false,
  }));
  return { sets, right: sets.filter((set) => set.true === set.estimated && !set.isUndecided).length };
}
