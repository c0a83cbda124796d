// The verdicts of a fit on its latents and links, as graphs carry them.

/** Verdicts on latents; explained at `LatentNode.verdict`. */
export const LATENT_VERDICTS = ['component', 'block', 'not-replicated', 'untested'] as const;
export type LatentVerdictName = (typeof LATENT_VERDICTS)[number];

/** Verdicts of held-out subjects on links. */
export const EDGE_VERDICTS = ['supported', 'undecided', 'not-supported', 'untested'] as const;
export type EdgeVerdict = (typeof EDGE_VERDICTS)[number];

/** True if an edge is a finding, or if its graph does not come from a fit. */
export function isFound({ verdict }: { readonly verdict?: EdgeVerdict | undefined }): boolean {
  return verdict === undefined || verdict === 'supported';
}
