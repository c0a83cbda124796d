// Kinds of subspaces of a two-stage fit: from the joint model's network; from a linear map of each modality; from a
// linear map plus a network that starts at zero; or, for images and series, from encoders that deep canonical
// correlation trains.

export const SUBSPACE_KINDS = ['network', 'linear', 'residual', 'correlation'] as const;
export type SubspaceKind = (typeof SUBSPACE_KINDS)[number];
