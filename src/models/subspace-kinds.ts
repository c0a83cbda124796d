// Where the subspaces of a two-part fit come from: the trained network, or linear numbers of each modality.

export const SUBSPACE_KINDS = ['network', 'linear'] as const;
export type SubspaceKind = (typeof SUBSPACE_KINDS)[number];
