// Where the subspaces of a two-part fit come from: the joint model's network, linear numbers of each modality, or
// encoders that deep canonical correlation trains, which pictures and series take.

export const SUBSPACE_KINDS = ['network', 'linear', 'correlation'] as const;
export type SubspaceKind = (typeof SUBSPACE_KINDS)[number];
