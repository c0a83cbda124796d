// Latents of several modalities that are one variable as far as a study can tell.

/** Latents that are the same variable. */
export interface SameLatents {
  readonly latents: readonly string[];
}

/** A variable, and its copies in other modalities. */
export interface CopiedVariable {
  readonly name: string;
  readonly sameAs?: readonly string[] | undefined;
}

/** Returns the edges without those between copies of one variable, for drawings and files of other programs. */
export function edgesOfDifferent<T extends { readonly from: string; readonly to: string }>(
  variables: readonly CopiedVariable[],
  edges: readonly T[],
): T[] {
  const copies = new Map(variables.map(({ name, sameAs = [] }) => [name, sameAs]));
  return edges.filter(({ from, to }) => !copies.get(from)?.includes(to));
}

/** Returns a function that gives copies of one variable the same name: that of the first copy. */
export function variableNames(shared: { readonly same: readonly SameLatents[] } | undefined): (name: string) => string {
  const names = new Map(shared?.same.flatMap(({ latents }) => latents.map((latent) => [latent, latents[0]])));
  return (latent) => names.get(latent) ?? latent;
}
