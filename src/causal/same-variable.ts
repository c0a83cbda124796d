// Latents of several modalities that are one variable as far as a study can tell.

/** Latents that are the same variable. */
export interface SameLatents {
  readonly latents: readonly string[];
}

/** Returns a function that gives copies of one variable the same name: that of the first copy. */
export function variableNames(shared: { readonly same: readonly SameLatents[] } | undefined): (name: string) => string {
  const names = new Map(shared?.same.flatMap(({ latents }) => latents.map((latent) => [latent, latents[0]])));
  return (latent) => names.get(latent) ?? latent;
}
