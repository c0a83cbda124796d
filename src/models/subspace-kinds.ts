// Where the subspaces of a two-part fit come from: the joint model's network; a linear map of each modality; the linear
// map plus a network that starts at zero; or encoders that deep canonical correlation trains, for images and series.

export const SUBSPACE_KINDS = ['network', 'linear', 'residual', 'correlation'] as const;
export type SubspaceKind = (typeof SUBSPACE_KINDS)[number];
